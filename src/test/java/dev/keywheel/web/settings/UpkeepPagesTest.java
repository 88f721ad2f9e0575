package dev.keywheel.web.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.view.ArticleTopic;
import dev.keywheel.db.Tx;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.provider.Providers;
import dev.keywheel.retention.Retention;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestAudit;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.WebApp;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class UpkeepPagesTest {
  private static final String KEY = "01a21317-0000-7000-8000-000000000001";
  private static final UUID RUN = UUID.fromString("01a21317-0000-7000-8000-000000000002");
  private static final UUID ARTICLE = UUID.fromString("01a21317-0000-7000-8000-000000000003");
  private static final UUID OLD = UUID.fromString("01a21317-0000-7000-8000-000000000004");
  private static final UUID GONE = UUID.fromString("01a21317-0000-7000-8000-000000000005");

  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final SettingsStore settings = new SettingsStore(database.database());

  @AutoClose
  private final WebApp app =
      WebApp.start(
          database,
          clock,
          parts ->
              List.of(
                  new SettingsRoutes(
                      parts.web,
                      choices(parts),
                      new Retention(parts.db, settings, parts.audit, clock, List.of())),
                  new AuditLogRoutes(
                      parts.web,
                      parts.audit,
                      TestAudit.verification(parts.audit, parts.db, clock),
                      parts.db,
                      new Jobs(parts.db, "test", clock, Duration.ofSeconds(1)),
                      (workspace, ids) -> topics(ids),
                      clock)));

  private final HttpBrowser browser = app.browser(app.admin());

  private SettingsService choices(WebApp parts) {
    var kek = KekSource.variable("KEYWHEEL_KEK", TestPool.KEK);
    var vault = new Vault(parts.db, kek, new SecureRandom(), parts.ids, clock);
    var keys = new KeyPool(parts.db, vault, clock);
    return new SettingsService(
        parts.db, keys, settings, new Providers(List.of()), parts.audit, clock);
  }

  private static Map<UUID, ArticleTopic> topics(Collection<UUID> ids) {
    assertThat(ids).doesNotContain(UUID.fromString(KEY));
    var all =
        Map.of(
            RUN,
            new ArticleTopic("Bread", false),
            ARTICLE,
            new ArticleTopic("Salt", false),
            OLD,
            new ArticleTopic("Old", true));
    return all.entrySet().stream()
        .filter(topic -> ids.contains(topic.getKey()))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  @Test
  void the_log_of_the_instance_can_be_checked_and_exported_before_its_first_entry() {
    assertThat(browser.post("/settings/audit/check", "log", "instance").status()).isEqualTo(303);
    assertThat(browser.post("/settings/audit/csv", "log", "instance").status()).isEqualTo(200);
  }

  @Test
  void the_data_retention_is_set_within_bounds_and_recorded() {
    var forever = browser.get("/settings").page().expectFirst("[name=auditDays]");
    assertThat(forever.val()).isEmpty();
    assertThat(forever.attr("min")).as("checked before the password").isEqualTo("90");
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
    var tooShort =
        browser.post(
            "/settings/retention",
            Stream.of(
                    "logDays", "historyDays", "rawDays", "previewDays", "auditDays", "gatewayDays")
                .map(name -> Map.entry(name, "60"))
                .toList(),
            browser.token());
    assertThat(tooShort.text())
        .contains("Leave it empty, or enter a whole number from 90 to 3650.");
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
            "2",
            "gatewayDays",
            "45",
            "auditDays",
            "365",
            "articleTrashDays",
            "3");
    assertThat(saved.location()).isEqualTo("/settings");
    var kept =
        settings.readInstance(
            RetentionSettings.NAME, RetentionSettings.class, RetentionSettings.DEFAULT);
    assertThat(kept).isEqualTo(new RetentionSettings(14, 60, 1, 2, 365, 45, 3));
    assertThat(
            app.audit.newest(WorkspaceIds.INSTANCE, AuditFilter.ALL, null, 1).getFirst().details())
        .containsEntry("history days", "60")
        .containsEntry("article trash days", "3");
  }

  @Test
  void the_audit_log_is_filtered_by_actor_and_action_and_exported() {
    app.db.runTx(
        tx -> {
          app.audit.record(
              tx, app.admin(), AuditAction.RENAMED_KEY, KEY, Map.of("names", "old", "now", "=new"));
          app.audit.record(
              tx, app.workspace(), "recovery", null, AuditAction.CHANGED_SETTINGS, "7", Map.of());
        });
    var page = browser.get("/settings/audit?q=OLD").page();
    assertThat(page.select("tbody tr")).hasSize(1);
    assertThat(page.select("td[data-label=Target] a").attr("href")).isEqualTo("/keys/" + KEY);
    assertThat(page.select("td[data-label=Target]").text()).isEqualTo("old");
    assertThat(browser.get("/settings/audit?who=recovery").page().select("tbody tr")).hasSize(1);
    assertThat(browser.get("/settings/audit?what=changed%20settings").page().select("tbody tr"))
        .hasSize(1);
    assertThat(browser.get("/settings/audit?q=nothing").text()).contains("No entry matches");
    var file = browser.post("/settings/audit/csv", "q", "OLD");
    assertThat(file.body().lines()).as("with the line about this download").hasSize(3);
    assertThat(file.body()).contains("renamed a key," + KEY + ",\"names: old; now: =new\"");
    assertThat(browser.post("/settings/audit/csv").body().lines().count()).isGreaterThan(3);
    assertThat(
            browser
                .get("/settings/audit?what=exported%20the%20audit%20log")
                .page()
                .select("tbody tr"))
        .hasSize(2);
    assertThat(browser.get("/settings/record").location()).isEqualTo("/settings/audit");
  }

  @Test
  void the_target_of_an_entry_is_named_by_its_topic_and_leads_to_its_page() {
    app.db.runTx(
        tx -> {
          record(tx, AuditAction.STARTED_RUN, RUN);
          record(tx, AuditAction.ARTICLE_EDITED, ARTICLE);
          record(tx, AuditAction.ARTICLE_DELETED, OLD);
          record(tx, AuditAction.CANCELLED_RUN, GONE);
          record(tx, AuditAction.REPLACED_SECRET, UUID.fromString(KEY));
          record(tx, AuditAction.DELETED_KEYS, GONE);
          app.audit.record(
              tx, app.admin(), AuditAction.RESTORED_KEYS, "undo of " + GONE, Map.of("keys", 1));
        });
    var page = browser.get("/settings/audit").page();
    var targets = page.select("td[data-label=Target]");
    assertThat(targets.stream().map(Element::text).limit(7))
        .containsExactly("undo", "", "a key", GONE.toString(), "Old", "Salt", "Bread");
    assertThat(page.select("td[data-label=Action]").eachText())
        .contains("edited an article", "deleted an article", "replaced a secret");
    assertThat(page.select("#audit-what option[value=article.edited]").text())
        .isEqualTo("edited an article");
    assertThat(targets.select("a").eachAttr("href"))
        .containsExactly("/keys/" + KEY, "/articles/trash", "/articles/" + ARTICLE, "/runs/" + RUN);
  }

  private void record(Tx tx, AuditAction action, UUID subject) {
    app.audit.record(tx, app.admin(), action, subject.toString(), Map.of());
  }
}
