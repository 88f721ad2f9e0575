package dev.keywheel.web.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;
import dev.keywheel.time.TimeWindow;
import dev.keywheel.web.security.AnonymousLimiter;
import dev.keywheel.web.security.SecurityHeaders;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs violations of the content security policy that browsers report. Any client can send such a
 * report, so at most {@link #PER_MINUTE} are logged per minute.
 */
final class CspReports implements Screen {
  static final int PER_MINUTE = 10;

  private static final int LONGEST = 200;
  private static final Pattern QUERY = Pattern.compile("[?#].*", Pattern.DOTALL);
  private static final Pattern UNPRINTABLE = Pattern.compile("[^ -~]+");
  private static final Logger log = LoggerFactory.getLogger(CspReports.class);

  private final AnonymousLimiter anonymousLimiter;
  private final InstantSource clock;
  private TimeWindow minute = TimeWindow.OVER;
  private int logged;

  CspReports(AnonymousLimiter anonymousLimiter, InstantSource clock) {
    this.anonymousLimiter = anonymousLimiter;
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.report(SecurityHeaders.CSP_REPORTS, this::receive);
  }

  private void receive(Context ctx) {
    String report = ctx.body(); // read first: a slow body must not hold a slot
    anonymousLimiter.enter(ctx);
    if (admit(clock.instant())) {
      log.warn("Content security policy report: {}", shown(report));
    }
    ctx.status(204);
  }

  /**
   * The blocked address and its page, for the log. Omits the queries of addresses, which contain
   * the tokens of one-time links.
   */
  static String shown(String body) {
    JsonNode report =
        LenientJson.parse(body).map(json -> json.path("csp-report")).orElse(LenientJson.missing());
    if (!report.isObject()) {
      return "not readable";
    }
    return "%s blocked %s on %s (%s, line %s)"
        .formatted(
            text(report, "effective-directive"),
            text(report, "blocked-uri"),
            text(report, "document-uri"),
            text(report, "source-file"),
            text(report, "line-number"));
  }

  private static String text(JsonNode report, String field) {
    String text = QUERY.matcher(LenientJson.text(report, field)).replaceFirst("");
    String shown = UNPRINTABLE.matcher(text).replaceAll(" ");
    return shown.isEmpty() ? "?" : shown.substring(0, Math.min(shown.length(), LONGEST));
  }

  /** Counts a report; returns whether it may be logged. */
  synchronized boolean admit(Instant now) {
    if (!minute.contains(now)) {
      minute = TimeWindow.from(now, Duration.ofMinutes(1));
      logged = 0;
    }
    return logged++ < PER_MINUTE;
  }
}
