package dev.keywheel.web.settings;

import static dev.keywheel.support.Buttons.press;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.keywheel.article.edit.PublicationSettings;
import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.pool.KeySecrets;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Role;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.retention.Retention;
import dev.keywheel.secret.DataKeyRotation;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.TestAudit;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.UnreachableProvider;
import dev.keywheel.support.WebApp;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The general settings, and the layout of all pages of the settings. */
@Tag("full")
class SettingsPagesTest {
  private static final Providers PROVIDERS =
      new Providers(List.of(UnreachableProvider.create(new TestClock())));

  @RegisterExtension final Chromium chromium = new Chromium();
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();

  /** All vaults of a test have the same key-encryption key. */
  private final Path kekFile = Path.of("target", "test-kek-" + UUID.randomUUID());

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
                      new SettingsService(
                          parts.db, keys(parts), settings, PROVIDERS, parts.audit, clock),
                      new Retention(parts.db, settings, parts.audit, clock, List.of())),
                  new PeopleRoutes(parts.web, parts.people, parts.accounts, parts.invitations),
                  encryption(parts),
                  new AuditLogRoutes(
                      parts.web,
                      parts.audit,
                      TestAudit.verification(parts.audit, parts.db, clock),
                      parts.db,
                      new Jobs(parts.db, "test", clock, Duration.ofSeconds(1)),
                      (workspace, ids) -> Map.of(),
                      clock),
                  parts.account()));

  private final HttpBrowser browser = app.browser(app.admin());

  private EncryptionRoutes encryption(WebApp parts) {
    var vault = vault(parts);
    var rotation = new DataKeyRotation(parts.db, vault, List.of(KeySecrets.COLUMN), clock);
    return new EncryptionRoutes(parts.web, vault, rotation, parts.db, parts.audit);
  }

  private KeyPool keys(WebApp parts) {
    return new KeyPool(parts.db, vault(parts), clock);
  }

  private Vault vault(WebApp parts) {
    var kek = KekSource.managedFile(kekFile);
    var vault = new Vault(parts.db, kek, new SecureRandom(), parts.ids, clock);
    vault.unseal();
    return vault;
  }

  @Test
  void the_assignment_rule_is_stored_and_recorded_with_its_author() {
    var saved = browser.post("/settings/rule", "required", "9", "minimum", "4");
    assertThat(saved.location()).isEqualTo("/settings");
    assertThat(rule()).isEqualTo(new AssignmentSettings(9, 4));
    var page = browser.get("/settings");
    assertThat(page.text()).contains("Saved.");
    assertThat(page.page().select("input[name=required]").val()).isEqualTo("9");
    assertThat(browser.get("/settings").text()).doesNotContain("Saved.");
    var entry = app.audit.newest(app.workspace(), AuditFilter.ALL, null, 1).getFirst();
    assertThat(entry.actor()).isEqualTo(WebApp.EMAIL);
    assertThat(entry.action()).isEqualTo("changed settings");
    assertThat(entry.details()).containsEntry("required", "9").containsEntry("minimum", "4");
  }

  @Test
  void an_invalid_number_is_refused_at_its_field_and_changes_nothing() {
    assertRefused("required", "seven", "5", "Enter a whole number from 1 to 100.");
    assertRefused("required", "0", "5", "Enter a whole number from 1 to 100.");
    assertRefused("required", "101", "5", "Enter a whole number from 1 to 100.");
    assertRefused("minimum", "7", "", "Enter a whole number from 1 to 100.");
    assertRefused("minimum", "7", "8", "is not between 1 and the number of keys a run needs (7)");
    assertThat(rule()).isEqualTo(AssignmentSettings.DEFAULT);
  }

  private void assertRefused(String field, String required, String minimum, String sentence) {
    var page = browser.post("/settings/rule", "required", required, "minimum", minimum);
    assertThat(page.status()).isEqualTo(422);
    assertThat(page.page().select("#e-" + field).text()).contains(sentence);
    assertThat(page.page().select("input[name=" + field + "]").attr("aria-describedby"))
        .isEqualTo("e-" + field + " h-" + field);
    assertThat(page.page().select("input[name=required]").val()).isEqualTo(required);
    assertThat(page.page().select("input[name=minimum]").val()).isEqualTo(minimum);
  }

  @Test
  void the_settings_of_key_tests_have_limits() {
    browser.post("/settings/tests", "atOnce", "50", "deadlineSeconds", "20");
    assertThat(
            settings.read(
                app.workspace(),
                RecoverySettings.NAME,
                RecoverySettings.class,
                RecoverySettings.DEFAULT))
        .isEqualTo(new RecoverySettings(50, 20));
    assertThat(browser.post("/settings/tests", "atOnce", "0", "deadlineSeconds", "20").status())
        .isEqualTo(422);
  }

  @Test
  void publisher_and_site_are_stored_and_an_invalid_address_is_refused_at_its_field() {
    browser.post(
        "/settings/publishing",
        "site",
        " https://example.org/blog ",
        "author",
        " Ada Lovelace ",
        "publisher",
        "");
    assertThat(publicationSettings())
        .isEqualTo(new PublicationSettings("https://example.org/blog/", "Ada Lovelace", ""));
    var refused =
        browser.post(
            "/settings/publishing", "site", "example.org", "author", "Ada", "publisher", "x");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.page().select("#e-site").text()).contains("Enter an address like https://");
    assertThat(refused.page().select("input[name=site]").val()).isEqualTo("example.org");
    assertThat(refused.page().select("input[name=publisher]").val()).isEqualTo("x");
    var query =
        browser.post("/settings/publishing", "site", "https://example.org/?p=", "author", "");
    assertThat(query.page().select("#e-site").text()).contains("without a question mark");
    var long101 = browser.post("/settings/publishing", "site", "", "author", "a".repeat(101));
    assertThat(long101.page().select("#e-author").text())
        .contains("This has 101 characters; up to 100 are allowed");
    assertThat(publicationSettings().author()).isEqualTo("Ada Lovelace");
  }

  private PublicationSettings publicationSettings() {
    return settings.read(
        app.workspace(),
        PublicationSettings.NAME,
        PublicationSettings.class,
        PublicationSettings.DEFAULT);
  }

  @Test
  void the_models_of_a_role_are_a_list_in_order_one_per_line() {
    var form = browser.get("/settings").page().select("form[action=/settings/models/openrouter]");
    assertThat(form.select("textarea")).hasSize(5);
    var saved = saveModels("  b/two:free \n\n a/one\nb/two:free");
    assertThat(saved.location()).isEqualTo("/settings");
    var kept =
        settings.read(app.workspace(), Models.setting("openrouter"), Models.class, Models.DEFAULT);
    assertThat(kept.of(dev.keywheel.article.operation.conversation.ModelRole.WRITER))
        .containsExactly("b/two:free", "a/one");
  }

  @Test
  void the_class_of_the_first_writer_model_becomes_the_class_of_the_pool() {
    var pool = new PoolId(app.workspace(), "openrouter");
    saveModels("a/one\nb/two:free");
    assertThat(keys(app).status().textClass(pool)).isEqualTo(ModelClass.PAID);
    saveModels("b/two:free\na/one");
    assertThat(keys(app).status().textClass(pool)).isEqualTo(ModelClass.FREE);
  }

  @Test
  void an_invalid_model_line_is_named_and_the_typed_text_stays() {
    var page = saveModels("a/one\nnot a model <b>");
    assertThat(page.status()).isEqualTo(422);
    assertThat(page.page().select("#e-models_openrouter_writer").text())
        .contains("“not a model <b>” is not the id of a model");
    assertThat(page.page().select("#f-models_openrouter_writer").val()).contains("not a model <b>");
    assertThat(saveModels("").text()).contains("Writer: name at least one model.");
    assertThat(browser.post("/settings/models/nobody").status()).isEqualTo(404);
  }

  private HttpBrowser.Answer saveModels(String writers) {
    return browser.post(
        "/settings/models/openrouter",
        "models_openrouter_planner",
        "p/p",
        "models_openrouter_coder",
        "p/p",
        "models_openrouter_checker",
        "p/p",
        "models_openrouter_writer",
        writers,
        "models_openrouter_image",
        "p/p");
  }

  @Test
  void only_administrators_change_settings_and_others_can_read_them() {
    var operator = app.browser(app.member("grace@example.org", Role.OPERATOR));
    assertThat(operator.post("/settings/rule", "required", "3", "minimum", "1").status())
        .isEqualTo(403);
    var page = operator.get("/settings").page();
    assertThat(page.select("fieldset[disabled] input[name=required]")).hasSize(1);
    assertThat(page.text()).contains("Only administrators can change these.");
    assertThat(operator.get("/settings/people").status()).isEqualTo(403);
    assertThat(rule()).isEqualTo(AssignmentSettings.DEFAULT);
  }

  @Test
  void the_pages_are_accessible_in_every_theme_and_width() {
    app.invitations.invite(app.admin(), "grace.brewster.hopper@navy.example.org", Role.OPERATOR);
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    for (var path :
        List.of(
            "/settings",
            "/settings/people",
            "/settings/encryption",
            "/settings/audit",
            "/settings/account")) {
      page.navigate(app.url() + path);
      PageChecks.assertGood(page, path.substring(1).replace('/', '-'));
    }
  }

  @Test
  void the_theme_applies_to_the_next_page_from_its_first_byte() {
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.navigate(app.url() + "/settings");
    assertThat(ground(page)).isEqualTo("rgb(244, 245, 247)");
    page.getByLabel("Dark").check();
    page.locator("html[data-theme=dark]").waitFor();
    assertThat(ground(page)).isEqualTo("rgb(14, 17, 22)");
    assertThat(browser.get("/settings").body()).contains("data-theme=\"auto\"");
    page.navigate(app.url() + "/settings/account");
    assertThat(page.locator("html").getAttribute("data-theme")).isEqualTo("dark");
    assertThat(page.request().get(page.url()).text()).contains("data-theme=\"dark\"");
    PageChecks.assertAccessible(page);
  }

  @Test
  void without_javascript_the_rule_and_the_theme_can_be_changed() {
    var page = app.open(chromium, Look.PHONE.withoutJavaScript(), app.admin());
    page.navigate(app.url() + "/settings");
    page.getByLabel("Minimum of active keys").fill("3");
    press(page, "Save rule");
    PlaywrightAssertions.assertThat(page.getByText("Saved.")).isVisible();
    assertThat(rule()).isEqualTo(new AssignmentSettings(7, 3));
    page.getByLabel("Light").check();
    press(page, "Use theme");
    PlaywrightAssertions.assertThat(page.locator("html")).hasAttribute("data-theme", "light");
  }

  private static String ground(Page page) {
    return (String)
        page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor");
  }

  private AssignmentSettings rule() {
    return settings.read(
        app.workspace(),
        AssignmentSettings.SETTING,
        AssignmentSettings.class,
        AssignmentSettings.DEFAULT);
  }
}
