package dev.keywheel.web.server;

import dev.keywheel.web.security.SecurityHeaders;
import io.javalin.http.Context;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs violations of the content security policy that browsers report. */
final class CspReports implements Screen {
  private static final int LONGEST = 1_000;
  private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}+");
  private static final Logger log = LoggerFactory.getLogger(CspReports.class);

  @Override
  public void routes(Routes routes) {
    routes.report(SecurityHeaders.CSP_REPORTS, CspReports::take);
  }

  private static void take(Context ctx) {
    var report = ctx.body();
    var shown = report.substring(0, Math.min(report.length(), LONGEST));
    log.warn("Content security policy report: {}", CONTROLS.matcher(shown).replaceAll(" "));
    ctx.status(204);
  }
}
