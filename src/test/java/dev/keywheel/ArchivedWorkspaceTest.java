package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.WebApp;
import dev.keywheel.time.Delayer;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Archiving a workspace while a run calls its provider. */
class ArchivedWorkspaceTest {
  private static final String ARCHIVED =
      " where workspace_id = (select id from workspaces where archived_at is not null)";

  @Test
  void archiving_cancels_runs_and_keeps_keys_until_the_workspace_is_restored() {
    var answered = new CountDownLatch(1);
    Delayer held =
        duration -> {
          if (duration.isPositive()) {
            answered.await();
          }
        };
    try (var app = RunningApp.start(SandboxOptions.demo().withPause(held))) {
      var admin = administrator(app);
      admin.post("/settings/workspaces", "name", "Garden");
      var garden = admin.get("/").page().select(".switcher button:contains(Garden)").val();
      admin.post("/workspace", "to", garden);
      admin.post("/keys/samples");
      var run = admin.post("/articles", "topic", "Roses", "provider", "sandbox").location();
      Await.until("a call is made", () -> value(app, "select count(*) from attempts") > 0);
      long keys = value(app, "select count(*) from api_keys");

      assertThat(admin.post("/settings/workspaces/" + garden + "/archival").status())
          .isEqualTo(303);
      var open = " and state not in ('cancelled', 'completed', 'failed')";
      Await.until(
          "no work is left", () -> value(app, "select count(*) from runs" + ARCHIVED + open) == 0);
      assertThat(value(app, "select count(*) from api_keys" + ARCHIVED)).isEqualTo(keys);
      assertThat(admin.get(run).status()).isEqualTo(404);

      admin.post("/settings/workspaces/" + garden + "/restoration");
      admin.post("/workspace", "to", garden);
      assertThat(admin.get(run).text()).contains("Cancelled");
      answered.countDown();
    }
  }

  private static HttpBrowser administrator(RunningApp app) {
    var browser = new HttpBrowser(URI.create(app.url()));
    var token = app.setupLink().getQuery().replace("token=", "");
    browser.post("/setup", "token", token, "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
    return browser;
  }

  private static long value(RunningApp app, String sql) {
    return app.database().read(dsl -> dsl.fetchSingle(sql).get(0, Long.class));
  }
}
