package dev.keywheel.web.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Ids;
import dev.keywheel.job.Jobs;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.AuditAnchor;
import dev.keywheel.people.audit.AuditExport;
import dev.keywheel.people.audit.AuditVerification;
import dev.keywheel.people.audit.ExportCheck;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Session;
import dev.keywheel.secret.AuditKeys;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.WebApp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The audit log as shown to administrators: its integrity, its exports and its checks. */
@Tag("full")
class AuditPagesTest {
  private static final Duration DAY = Duration.ofDays(1);

  @RegisterExtension final Chromium chromium = new Chromium();
  @TempDir static Path folder;

  private final Path anchorFile = folder.resolve("anchor-" + System.identityHashCode(this));
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final AuditKeys keys = keys();
  private final Audit audit = new Audit(database.database(), keys, clock);
  private final AuditVerification verification =
      new AuditVerification(
          database.database(), keys, audit, new AuditAnchor(anchorFile, keys), clock);

  @AutoClose
  private final WebApp app =
      WebApp.start(
          database,
          clock,
          parts ->
              List.of(
                  new AuditLogRoutes(
                      parts.web,
                      audit,
                      verification,
                      parts.db,
                      new Jobs(parts.db, "test", clock, Duration.ofSeconds(1)),
                      (workspace, ids) -> Map.of(),
                      clock),
                  new AuditProofRoutes(
                      parts.web,
                      audit,
                      new AuditExport(parts.db, keys, clock),
                      new ExportCheck(keys),
                      parts.db)));

  private final HttpBrowser browser = app.browser(app.admin());

  private AuditKeys keys() {
    var kek = KekSource.variable("KEYWHEEL_KEK", TestPool.KEK);
    var random = new SecureRandom();
    var ids = new Ids(clock, random);
    var vault = new Vault(database.database(), kek, random, ids, clock);
    vault.unseal();
    return vault.auditKeys();
  }

  @Test
  void the_log_is_shown_page_by_page_with_the_result_of_its_check() {
    recordEntries(60);
    assertThat(browser.get("/settings/audit").text()).contains("Not verified yet");
    verification.run();
    var newest = browser.get("/settings/audit").page();
    assertThat(newest.text()).contains("to 59", "no entry was changed").doesNotContain("to 3 ");
    assertThat(newest.select("tbody tr")).hasSize(50);
    var older = browser.get(newest.select("a[rel=next]").attr("href")).page();
    assertThat(older.text()).contains("to 3 ", "created the first administrator");
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.navigate(app.url() + "/settings/audit");
    PageChecks.assertGood(page, "audit-valid");
  }

  @Test
  void a_search_that_ended_before_the_oldest_entry_does_not_say_that_none_matches() {
    database.asOwner(
        """
        insert into audit_events (workspace_id, at, actor, action, hash)
        select '%s', now(), 'recovery', 'changed settings', '' from generate_series(1, 100001)
        """
            .formatted(app.workspace()));
    var first = browser.get("/settings/audit?q=q%7E").page();
    assertThat(first.select(".empty-title").text()).isEqualTo("No match yet");
    var rest = browser.get(first.select("a:contains(Search older entries)").attr("href")).page();
    assertThat(rest.select(".empty-title").text()).isEqualTo("No entry matches");
  }

  @Test
  void a_log_that_is_no_longer_verified_is_not_shown_as_unchanged() {
    recordEntries(2);
    verification.run();
    assertThat(browser.get("/settings/audit").text()).doesNotContain("Not verified since");
    clock.tick(Duration.ofMinutes(11));
    assertThat(browser.get("/settings/audit").text())
        .contains("Not verified since 10 Mar 2026")
        .doesNotContain("no entry was changed");
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.navigate(app.url() + "/settings/audit");
    PageChecks.assertGood(page, "audit-overdue");
    verification.run();
    assertThat(browser.get("/settings/audit").text()).contains("no entry was changed");
  }

  @Test
  void changed_and_removed_entries_are_named_and_a_restored_log_is_accepted() {
    recordEntries(20);
    verification.run();
    forge("update audit_events set subject = 'to 77' where subject = 'to 7'");
    forge("delete from audit_events where position > 15");
    clock.tick(DAY);
    verification.run();
    var shown = browser().get("/settings/audit?before=x");
    assertThat(shown.text())
        .contains(
            "The audit log does not match its signatures",
            "Entry 10 was changed",
            "Entries 16–22 were removed from the end");
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.navigate(app.url() + "/settings/audit");
    PageChecks.assertGood(page, "audit-broken");

    var administrator = browser();
    administrator.get("/settings/audit");
    assertThat(administrator.post("/settings/audit/acceptance").location())
        .isEqualTo("/settings/audit");
    clock.tick(DAY);
    verification.run();
    assertThat(browser().get("/settings/audit").text())
        .contains("Entry 10 was changed", "accepted a restored audit log")
        .doesNotContain("were removed from the end of the log. ");
  }

  @Test
  void a_changed_anchor_file_is_accepted_on_its_own_node() throws IOException {
    recordEntries(2);
    verification.run();
    var right = Files.readString(anchorFile);
    Files.writeString(anchorFile, right.replace("\"position\":", "\"position\":1"));
    verification.run();
    var administrator = browser();
    assertThat(administrator.get("/settings/audit").text())
        .contains("open this page on the node whose server log says");
    clock.tick(Duration.ofMinutes(1));
    administrator.post("/settings/audit/acceptance");
    verification.run();
    assertThat(administrator.get("/settings/audit").text())
        .contains("no entry was changed or removed")
        .doesNotContain("several nodes");
  }

  @Test
  void a_requested_check_shows_its_progress() {
    recordEntries(5);
    verification.run();
    browser.post("/settings/audit/check");
    var path = "/settings/audit?q=check&before=9";
    var page = browser.get(path).page();
    assertThat(page.select("progress")).hasSize(1);
    assertThat(page.select("noscript a").attr("href")).isEqualTo(path);
    var opened = app.open(chromium, Look.DESKTOP, app.admin());
    opened.navigate(app.url() + "/settings/audit");
    PageChecks.assertGood(opened, "audit-checking");
    verification.runRequested(app.workspace().toString());
    assertThat(browser.get("/settings/audit/status").body())
        .contains("Check the whole log")
        .doesNotContain("<progress");
    var ended = browser.get("/settings/audit");
    assertThat(ended.text()).contains("requested a full audit check");
    assertThat(ended.page().select("noscript a")).isEmpty();
  }

  @Test
  void an_export_is_recorded_and_its_check_says_whether_it_was_changed() throws Exception {
    recordEntries(5);
    var exports = new AuditExport(app.db, keys, clock);
    var out = new ByteArrayOutputStream();
    exports.write(
        exports.range(app.workspace(), TestClock.START.minus(DAY), clock.instant().plusSeconds(1)),
        out);
    var sent =
        browser.post("/settings/audit/proof/export", "from", "2026-03-01", "to", "2026-03-31");
    assertThat(sent.header("Content-Type").orElseThrow()).startsWith("application/zip");
    assertThat(sent.body()).startsWith("PK");
    assertThat(browser.get("/settings/audit").text()).contains("exported the audit log with proof");
    var valid = browser.upload("/settings/audit/proof/check", "export.zip", out.toByteArray());
    assertThat(valid.text()).contains("The export is valid: entries 1 to 7, unchanged.");
    var other =
        browser.upload(
            "/settings/audit/proof/check", "export.zip", "text".getBytes(StandardCharsets.UTF_8));
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.text()).contains("This is not an export of Keywheel's audit log.");
    var none =
        browser.post("/settings/audit/proof/export", "from", "2020-01-01", "to", "2020-01-02");
    assertThat(none.status()).isEqualTo(422);
    assertThat(none.text()).contains("There are no entries in this period.");
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.navigate(app.url() + "/settings/audit/proof");
    PageChecks.assertGood(page, "audit-proof");
  }

  @Test
  void an_export_needs_a_recent_password() {
    clock.tick(Session.CONFIRMED_FOR.plusSeconds(1));
    var asked =
        browser.post("/settings/audit/proof/export", "from", "2026-03-01", "to", "2026-03-31");
    assertThat(asked.status()).isEqualTo(403);
    // a script submits a kept form, and the page with it would stay during the download
    assertThat(asked.page().select("input[name=download]").val()).isEqualTo("1");
    assertThat(asked.page().select("input[name=kept]").val()).isEmpty();
    assertThat(audit.actions(app.workspace())).doesNotContain("exported the audit log");
  }

  @Test
  void a_new_signing_key_changes_the_public_key() {
    recordEntries(2);
    var before = browser.get("/settings/audit/proof").page().select("dd code").text();
    browser.post("/settings/audit/proof/signing-key");
    var after = browser.get("/settings/audit/proof").page().select("dd code").text();
    assertThat(after).isNotEqualTo(before);
    assertThat(audit.findings(app.workspace())).isEmpty();
  }

  @Test
  void instance_administrators_read_the_log_of_the_instance_too() {
    app.browser().post("/login", "email", "eve@example.org", "password", "a wrong passphrase");
    var instance = browser.get("/settings/audit?log=instance");
    assertThat(instance.text()).contains("sign-in refused", "eve@example.org");
    assertThat(browser.get("/settings/audit").text()).doesNotContain("eve@example.org");
    app.db.runTx(tx -> tx.dsl().execute("update users set instance_admin = false"));
    assertThat(app.browser(app.admin()).get("/settings/audit?log=instance").text())
        .doesNotContain("eve@example.org", "Instance");
  }

  private HttpBrowser browser() {
    return app.browser(app.admin());
  }

  private void recordEntries(int lines) {
    for (int i = 0; i < lines; i++) {
      int n = i;
      app.db.runTx(
          tx ->
              audit.record(
                  tx, app.admin(), AuditAction.CHANGED_SETTINGS, "to " + n, Map.of("n", n)));
    }
  }

  private void forge(String sql) {
    database
        .asOwner()
        .runTx(
            tx -> {
              tx.dsl().execute("alter table audit_events disable trigger audit_events_append_only");
              tx.dsl().execute(sql);
              tx.dsl().execute("alter table audit_events enable trigger audit_events_append_only");
            });
  }
}
