package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.keys.imports.ReplacementsPage;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** New secrets on the pages: for one key, and for many failed keys from pasted text. */
@Tag("full")
class ReplacementPagesTest {
  @RegisterExtension static final Chromium chromium = new Chromium();

  private final KeysSite site = new KeysSite();
  private final HttpBrowser ada = site.app.browser(site.app.admin());

  @AfterEach
  void close() {
    site.close();
  }

  @Test
  void a_failed_key_gets_a_new_secret_on_its_page_and_is_tested_at_once() {
    UUID id = site.add("ada@example.com", "sk-or-demo-revoked-000001");
    ada.post("/keys/" + id + "/tests", "view", "/keys");
    var page = ada.get("/keys/" + id);
    assertThat(page.text()).contains("Replace its secret");
    assertThat(page.page().select("#f-secret").attr("type")).isEqualTo("password");
    assertThat(page.page().select("a:contains(Replace its secret)").attr("href"))
        .as("a link to a field also focuses it")
        .isEqualTo("#f-secret");
    assertThat(ada.get("/keys").page().select("#row-menu a[data-path='#f-secret']")).hasSize(1);

    ada.post("/keys/" + id + "/secret", "secret", "sk-or-demo-valid-000002");
    page = ada.get("/keys/" + id);
    assertThat(page.text())
        .contains("Secret replaced. ada@example.com works")
        .containsPattern("Secret replaced “sk-or-d.*…0001” → “sk-or-d.*…0002”");
    assertThat(site.key("ada@example.com").status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(page.body()).doesNotContain("valid-000002");
    var audit = site.app.audit.newest(site.app.workspace(), AuditFilter.ALL, null, 10);
    assertThat(audit.toString()).contains("replaced a secret").doesNotContain("valid-000002");
  }

  @Test
  void the_keys_beyond_the_list_are_counted_after_it() {
    assertThat(new ReplacementsPage(Fields.none(), "openrouter", List.of(), List.of("a"), 5))
        .extracting(ReplacementsPage::moreText)
        .isEqualTo("and 5 more keys");
  }

  @Test
  void without_a_failed_key_the_form_opens_for_any_requested_provider() {
    var form = ada.get("/keys/replacements?provider=%00");
    assertThat(form.status()).isEqualTo(200);
    assertThat(form.page().select(".failed-names li")).isEmpty();
  }

  @Test
  void a_refused_text_stays_on_the_page_although_no_key_has_failed() {
    String text = "# a comment, but no key";
    var answer = ada.post("/keys/replacements", "provider", "openrouter", "keys", text);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("#f-keys").val()).isEqualTo(text);
    assertThat(answer.page().select("#failed-keys")).isEmpty();

    answer = ada.post("/keys/replacements", "provider", "nowhere", "keys", text);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).contains("no provider named nowhere");
    assertThat(answer.page().select("#f-keys").val()).isEqualTo(text);
  }

  @Test
  void a_refused_secret_is_explained_and_not_sent_back() {
    UUID id = site.add("ada@example.com", "sk-or-demo-valid-000001");
    site.add("bob@example.com", "sk-or-demo-valid-000002");
    var answer = ada.post("/keys/" + id + "/secret", "secret", "sk-or-demo-valid-000002");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).contains("Another key has this secret: bob@example.com.");
    assertThat(answer.body()).doesNotContain("valid-000002");
    var disabled = ada.post("/keys/" + id + "/disablement");
    assertThat(disabled.status()).isEqualTo(303);
    ada.post("/keys/" + id + "/secret", "secret", "sk-or-demo-valid-000003");
    assertThat(ada.get("/keys/" + id).text())
        .contains("Secret replaced. ada@example.com is disabled, so it was not tested.");
    assertThat(site.key("ada@example.com").status()).isEqualTo(KeyStatus.DISABLED);
  }

  @Test
  void pasted_replacements_are_previewed_applied_and_tested_as_one_batch() {
    site.add("ada@example.com", "sk-or-demo-revoked-000001");
    site.add("bob@example.com", "sk-or-demo-revoked-000002");
    site.add("cleo@example.com", "sk-or-demo-valid-000003");
    ada.post("/keys/tests/all", "view", "/keys");
    Await.until(
        "they failed",
        () ->
            site.key("bob@example.com").status() == KeyStatus.FAILED
                && site.key("ada@example.com").status() == KeyStatus.FAILED);
    var failed = ada.get("/keys?status=failed").page();
    assertThat(failed.select("#narrowing > #chips + p > #paste-replacements"))
        .as("on the line of the filters")
        .hasSize(1);
    assertThat(failed.select("#paste-replacements").attr("href")).isEqualTo("/keys/replacements");
    var form = ada.get("/keys/replacements");
    assertThat(form.page().select(".failed-names li").eachText())
        .containsExactly("ada@example.com", "bob@example.com");
    var preview =
        ada.post(
            "/keys/replacements",
            "provider",
            "openrouter",
            "keys",
            "bob@example.com sk-or-demo-valid-000004\nsk-or-demo-valid-000005\nsk-or-demo-valid-000006");
    var shown = ada.get(preview.location());
    assertThat(shown.text()).contains("Replace 2 secrets").contains("No failed key is left");
    assertThat(site.key("ada@example.com").status()).isEqualTo(KeyStatus.FAILED);

    var done = ada.post(shown.page().select("form[action$=confirmation]").attr("action"));
    assertThat(done.location()).startsWith("/keys?batch=");
    assertThat(ada.get("/keys").text()).contains("2 secrets replaced. Test of 2 keys started.");
    Await.until(
        "both work",
        () ->
            site.key("bob@example.com").lastTestedAt() != null
                && site.key("ada@example.com").lastTestedAt() != null);
    assertThat(site.key("ada@example.com").status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(site.key("bob@example.com").masked()).endsWith("0004");

    var again = ada.post(shown.page().select("form[action$=confirmation]").attr("action"));
    assertThat(again.location()).isEqualTo(preview.location());
    assertThat(ada.get(again.location()).text())
        .contains("Replacement report")
        .doesNotContain("0 secrets");
  }

  @Test
  void the_pages_show_the_progress_of_a_job_that_replaces_many_secrets() {
    try (var inParts = new KeysSite(2)) {
      var bob = inParts.app.browser(inParts.app.admin());
      var preview = previewOfFive(inParts, bob);
      var confirmation = confirmation(bob, preview);
      inParts.stopJobs();
      assertThat(bob.post(confirmation).location()).isEqualTo("/keys");
      assertThat(bob.get("/keys").text())
          .contains("Started to replace 5 secrets; the list shows the progress.")
          .contains("Replacing 5 secrets", "0 of 5");
      var progress = bob.get(preview).page();
      assertThat(progress.text()).contains("Replacing 5 secrets", "0 of 5");
      assertThat(progress.title()).startsWith("Replacing secrets");
      assertThat(progress.select("noscript meta[http-equiv=refresh]")).hasSize(1);
      assertThat(progress.select("form[action$=confirmation]")).isEmpty();
      assertThat(progress.select(".keys-batch a")).as("a link to the same page").isEmpty();
      assertThat(progress.select("#cancellation-effect").text()).contains("Stopping erases");
      assertThat(bob.post(confirmation).location()).as("a second press").isEqualTo(preview);
      assertThat(bob.get("/keys").page().select(".keys-batch a[href=" + preview + "]")).hasSize(1);
      var poll = progress.select("#replacing").attr("hx-get");
      assertThat(bob.get(poll).text()).startsWith("Replacing 5 secrets");

      var stop = progress.select("form[action$=cancellation]").attr("action");
      assertThat(bob.post(stop).location()).isEqualTo(preview);
      var report = bob.get(preview).page();
      assertThat(report.text())
          .contains("Replacement stopped. Secrets replaced so far are kept.")
          .contains(
              "The replacement stopped because the replacement was cancelled. 0 secrets replaced");
      assertThat(report.title()).startsWith("Replacement report");
      assertThat(report.select(".crumbs span").text()).isEqualTo("Report");
      assertThat(bob.get(poll).location()).as("a later poll").isEqualTo(preview);
      bob.post(stop);
      assertThat(bob.get("/keys").text()).contains("The replacement had already ended.");
      assertThat(inParts.keys()).allMatch(key -> key.status() == KeyStatus.FAILED);
    }
  }

  @Test
  void the_report_says_so_if_the_secrets_were_erased_before_the_end() {
    try (var inParts = new KeysSite(2)) {
      var bob = inParts.app.browser(inParts.app.admin());
      var preview = previewOfFive(inParts, bob);
      inParts.stopJobs();
      bob.post(confirmation(bob, preview));
      inParts.asOwner("update key_imports set ciphertext = null");
      assertThat(bob.get(preview).text())
          .contains(
              "The replacement stopped because the secrets were erased before all were replaced.")
          .contains("0 secrets replaced. Paste the others again to replace them.")
          .contains("Not reached: the secrets were erased");
    }
  }

  @Test
  void an_open_progress_page_becomes_the_report_when_the_replacement_ends() {
    try (var inParts = new KeysSite(2)) {
      var bob = inParts.app.browser(inParts.app.admin());
      var preview = previewOfFive(inParts, bob);
      inParts.stopJobs();
      bob.post(confirmation(bob, preview));
      Page page = inParts.app.open(chromium, Look.DESKTOP, inParts.app.admin());
      page.navigate(inParts.app.url() + preview);
      PlaywrightAssertions.assertThat(page.locator("h1")).hasText("Replacing secrets");

      bob.post(bob.get(preview).page().select("form[action$=cancellation]").attr("action"));

      PlaywrightAssertions.assertThat(page.locator("h1")).hasText("Replacement report");
      PlaywrightAssertions.assertThat(page.locator(".crumbs span")).hasText("Report");
      PlaywrightAssertions.assertThat(page).hasTitle(Pattern.compile("^Replacement report"));
    }
  }

  @Test
  void a_job_replaces_many_secrets_and_has_the_keys_tested_as_one_batch() {
    try (var inParts = new KeysSite(2)) {
      var bob = inParts.app.browser(inParts.app.admin());
      var preview = previewOfFive(inParts, bob);
      bob.post(confirmation(bob, preview));
      Await.until(
          "all are replaced",
          () -> bob.get(preview).page().select("h1").text().equals("Replacement report"));
      assertThat(bob.get(preview).page().select("[hx-get*=/progress]")).isEmpty();
      Await.until(
          "all work",
          () ->
              inParts.keys().stream()
                  .allMatch(key -> key.status() == KeyStatus.ACTIVE && key.lastTestedAt() != null));
      assertThat(bob.get("/keys").text()).doesNotContain("Replacing");
    }
  }

  private static String previewOfFive(KeysSite site, HttpBrowser browser) {
    site.add(5);
    site.asOwner("update api_keys set status = 'failed'");
    String secrets =
        IntStream.range(0, 5)
            .mapToObj(i -> "sk-or-demo-valid-1%05d".formatted(i))
            .collect(Collectors.joining("\n"));
    return browser.post("/keys/replacements", "provider", "openrouter", "keys", secrets).location();
  }

  private static String confirmation(HttpBrowser browser, String preview) {
    return browser.get(preview).page().select("form[action$=confirmation]").attr("action");
  }
}
