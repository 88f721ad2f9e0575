package dev.keywheel.web.server;

import dev.keywheel.web.security.SecurityHeaders;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs violations of the content security policy that browsers report. Anybody can send one, so
 * only {@link #PER_MINUTE} are logged in a minute.
 */
final class CspReports implements Screen {
  static final int PER_MINUTE = 10;

  private static final int LONGEST = 1_000;
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}+");
  private static final Logger log = LoggerFactory.getLogger(CspReports.class);

  private final InstantSource clock;
  private Instant began = Instant.MIN;
  private int logged;

  CspReports(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.report(SecurityHeaders.CSP_REPORTS, this::take);
  }

  private void take(Context ctx) {
    if (counted(clock.instant())) {
      var report = ctx.body();
      var shown = report.substring(0, Math.min(report.length(), LONGEST));
      log.warn("Content security policy report: {}", CONTROLS.matcher(shown).replaceAll(" "));
    }
    ctx.status(204);
  }

  /** Whether one more may be logged now. */
  synchronized boolean counted(Instant now) {
    if (began.isBefore(now.minus(MINUTE))) {
      began = now;
      logged = 0;
    }
    return logged++ < PER_MINUTE;
  }
}
