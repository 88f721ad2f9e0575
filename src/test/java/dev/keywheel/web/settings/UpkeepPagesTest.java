package dev.keywheel.web.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.people.audit.AuditVerification;
import dev.keywheel.provider.Providers;
import dev.keywheel.retention.Retention;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.WebApp;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UpkeepPagesTest {
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final SettingsStore settings = new SettingsStore(database.database());
  private final WebApp app =
      WebApp.start(
          database.database(),
          clock,
          parts ->
              List.of(
                  new SettingsRoutes(
                      parts.web,
                      choices(parts),
                      new Retention(parts.db, settings, parts.audit, clock, List.of())),
                  new AuditLogRoutes(
                      parts.web, parts.audit, new AuditVerification(parts.db, clock))));
  private final HttpBrowser browser = app.browser(app.admin());

  private SettingsService choices(WebApp parts) {
    var kek = KekSource.variable("KEYWHEEL_KEK", TestPool.KEK);
    var vault = new Vault(parts.db, kek, new SecureRandom(), parts.ids, clock);
    var keys = new KeyPool(parts.db, vault, parts.ids, clock);
    return new SettingsService(
        parts.db, keys, settings, new Providers(List.of()), parts.audit, clock);
  }

  @AfterEach
  void stop() {
    app.close();
    database.close();
  }

  @Test
  void the_data_retention_is_set_within_bounds_and_is_on_the_record() {
    var refused =
        browser.post(
            "/settings/retention",
            "logDays",
            "6",
            "historyDays",
            "180",
            "rawDays",
            "30",
            "previewDays",
            "7");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.text()).contains("Enter a whole number from 7 to 3650.");
    var saved =
        browser.post(
            "/settings/retention",
            "logDays",
            "14",
            "historyDays",
            "60",
            "rawDays",
            "1",
            "previewDays",
            "2");
    assertThat(saved.location()).isEqualTo("/settings");
    var kept =
        settings.readInstance(
            RetentionSettings.NAME, RetentionSettings.class, RetentionSettings.DEFAULT);
    assertThat(kept).isEqualTo(new RetentionSettings(14, 60, 1, 2));
    assertThat(browser.get("/settings/record").text()).contains("history days: 60");
  }

  @Test
  void the_record_tells_who_did_what_page_by_page_and_whether_it_is_whole() {
    for (int i = 0; i < 60; i++) {
      int n = i;
      app.db.runTx(tx -> app.audit.record(tx, app.admin(), "counted", "to " + n, Map.of("n", n)));
    }
    var verification = new AuditVerification(app.db, clock);
    verification.run();
    var newest = browser.get("/settings/record").page();
    assertThat(newest.text()).contains("to 59", "no entry was changed").doesNotContain("to 3 ");
    assertThat(newest.select("tbody tr")).hasSize(50);
    var older = browser.get(newest.select("a[rel=next]").attr("href")).page();
    assertThat(older.text()).contains("to 3 ", "created the first administrator");
    app.db.runTx(
        tx -> tx.dsl().execute("update audit_events set subject = 'to 77' where subject = 'to 7'"));
    clock.tick(Duration.ofDays(1));
    verification.run();
    var administrator = app.browser(app.admin());
    assertThat(administrator.get("/settings/record?before=x").text())
        .contains("does not match the entry before it");
  }
}
