package dev.keywheel;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.keywheel.support.Buttons.press;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Page;
import dev.keywheel.config.Config.KekLocation;
import dev.keywheel.secret.TestKek;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.PrivateFile;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.WebApp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Starts with a key-encryption key that does not match the database, and then with the right one.
 */
@Tag("full")
class SealedModeTest {
  private static final String NEEDED = TestKek.id(TestPool.KEK);
  private static final String OTHER = Base64.getEncoder().encodeToString(new byte[32]);

  /** Routes that work while the vault is sealed; they change only accounts and sessions. */
  private static final Set<String> WORKS =
      Set.of(
          "/csp",
          "/login",
          "/login/passkey",
          "/login/passkey-requests",
          "/login/second-step",
          "/login/second-step/passkey-requests",
          "/logout",
          "/theme",
          "/workspace",
          "/confirm",
          "/confirm/passkey-requests",
          "/settings/encryption/unsealing");

  @RegisterExtension final Chromium chromium = new Chromium();
  @TempDir private Path folder = Path.of("");

  @Test
  void a_sealed_node_serves_pages_refuses_changes_and_works_again_with_the_right_key()
      throws IOException {
    var kek = folder.resolve("kek");
    PrivateFile.write(kek, TestPool.KEK);
    try (var database = TestDatabase.create()) {
      try (var app = RunningApp.on(database, new KekLocation.File(kek))) {
        assertThat(app.administrator().post("/keys/samples").status()).isEqualTo(303);
      }
      database.asOwner(
          "update api_keys set status = 'failed' where id = (select max(id::text)::uuid from api_keys)");
      PrivateFile.write(kek, OTHER);
      try (var sealed = RunningApp.on(database, new KekLocation.File(kek))) {
        var page = signedIn(sealed);
        assertEveryPageNamesTheNeededKey(sealed, page);
        assertEveryChangeIsRefused(sealed, database);
        assertAPressShowsAMessage(sealed, page);
        unseal(sealed, page, kek);
      }
      try (var again = RunningApp.on(database, new KekLocation.File(kek))) {
        var browser = again.administrator();
        assertThat(browser.get("/").text()).doesNotContain(NEEDED);
        assertThat(reveal(browser, firstKey(browser))).startsWith("sk-or-demo-");
        var typed =
            browser.post("/keys/imports", "provider", "sandbox", "keys", "sk-or-demo-valid-99");
        browser.post(typed.location() + "/confirmation");
        assertThat(browser.get("/keys").text()).contains("1 key imported.");
      }
    }
  }

  @Test
  void a_sealed_node_prints_no_set_up_link_which_would_be_refused() {
    try (var database = TestDatabase.create()) {
      try (var app =
          RunningApp.withoutAdministrator(database, new KekLocation.Value(TestPool.KEK))) {
        assertThat(app.setupLink().getQuery()).startsWith("token=");
      }
      try (var sealed = RunningApp.withoutAdministrator(database, new KekLocation.Value(OTHER))) {
        assertThatThrownBy(sealed::setupLink).isInstanceOf(NoSuchElementException.class);
      }
    }
  }

  private Page signedIn(RunningApp app) {
    var page = chromium.open(Look.DESKTOP);
    page.navigate(app.url() + "/login");
    page.getByLabel("Email").fill(WebApp.EMAIL);
    page.getByLabel("Password").fill(WebApp.PASSWORD);
    press(page, "Sign in");
    return page;
  }

  private static void assertEveryPageNamesTheNeededKey(RunningApp app, Page page) {
    for (var path :
        List.of("/", "/keys", "/articles", "/recovery", "/usage", "/log", "/settings")) {
      page.navigate(app.url() + path);
      assertThat(page.getByText("This database needs the key-encryption key " + NEEDED))
          .isVisible();
    }
    page.navigate(app.url() + "/");
    assertThat(page.locator("#pool-sandbox")).containsText("Sealed");
    assertThat(page.locator("main")).not().containsText("Perfect");
    Chromium.shot(page, "sealed-1280-light");
    PageChecks.assertGoodPage(page);
    page.navigate(app.url() + "/keys");
    assertThat(page.locator("#pool-sandbox"))
        .hasText("No key can be used while the vault is sealed.");
    PageChecks.assertGoodPage(page);
    page.navigate(app.url() + "/articles/new?provider=sandbox");
    assertThat(page.locator(".pool-note[data-pool=sandbox]"))
        .containsText("No key can be decrypted.");
    PageChecks.assertGoodPage(page);
    page.navigate(app.url() + "/gateway/models?try=sandbox/openai/gpt-oss-20b:free");
    assertThat(page.locator(".trial"))
        .containsText("no key can serve it while the vault is sealed");
    assertThat(page.locator("form[action='/gateway/models/trials']")).hasCount(0);
  }

  private static void assertEveryChangeIsRefused(RunningApp app, TestDatabase database) {
    var browser = app.administrator();
    var key = firstKey(browser);
    var token = browser.token();
    var before = rows(database);
    var refused =
        app.routes().stream()
            .filter(route -> route.method().equals("POST") && !WORKS.contains(route.path()))
            .toList();
    assertThat(refused).hasSizeGreaterThan(40);
    for (var route : refused) {
      var path = route.path().replaceAll("[{<][^}>]+[}>]", key);
      var answer = browser.post(path, List.of(), token);
      assertThat(answer.status()).as(route.toString()).isEqualTo(503);
      assertThat(answer.text()).as(route.toString()).contains("The vault is sealed", NEEDED);
    }
    var pasted = browser.post("/keys/imports", "provider", "sandbox", "keys", "name, sk-or-demo-1");
    assertThat(pasted.status()).isEqualTo(503);
    assertThat(pasted.page().select("textarea[name=keys]").val())
        .as("the pasted text is not lost")
        .isEqualTo("name, sk-or-demo-1");
    var replacements =
        browser.post("/keys/replacements", "provider", "sandbox", "keys", "name sk-or-demo-1");
    assertThat(replacements.status()).isEqualTo(503);
    assertThat(replacements.text()).contains("so nothing was replaced");
    assertThat(replacements.page().select("input[name=keys]")).isEmpty();
    assertThat(replacements.page().select("textarea[name=keys]").val())
        .isEqualTo("name sk-or-demo-1");
    var secret = browser.post("/keys/" + key + "/secret", "secret", "sk-or-demo-1");
    assertThat(secret.page().select("main input[name=secret][required]")).hasSize(1);
    assertThat(secret.text()).doesNotContain("sk-or-demo-1");
    assertThat(secret.text()).contains("except the keys in it");
    var article = browser.post("/articles", "topic", "Bread", "notes", "two\nlines");
    assertThat(article.status()).isEqualTo(503);
    assertThat(article.page().select("form[action=/articles] [name=notes]").val())
        .isEqualTo("two\nlines");
    assertThat(rows(database)).isEqualTo(before);
  }

  private void assertAPressShowsAMessage(RunningApp app, Page page) {
    page.navigate(app.url() + "/keys/new");
    chromium.tolerate("503");
    press(page, "Load sample keys");
    assertThat(page.locator("h1")).hasText("The vault is sealed");
  }

  private void unseal(RunningApp app, Page page, Path kek) throws IOException {
    page.navigate(app.url() + "/settings/encryption");
    chromium.tolerate("422");
    press(page, "Try again");
    assertThat(page.getByText("The vault is still sealed.")).isVisible();
    PrivateFile.write(kek, TestPool.KEK);
    press(page, "Try again");
    assertThat(page.getByText("The vault is unsealed.")).isVisible();
    page.navigate(app.url() + "/keys");
    assertThat(page.getByText(NEEDED)).hasCount(0);
    var browser = app.administrator();
    assertThat(reveal(browser, firstKey(browser))).startsWith("sk-or-demo-");
    assertThat(browser.post("/settings/encryption/unsealing").status()).isEqualTo(303);
    var log = browser.get("/settings/audit?log=instance").page();
    assertThat(log.select("tbody tr:contains(unsealed the vault)")).hasSize(1);
  }

  private static String firstKey(HttpBrowser browser) {
    return browser.get("/keys").page().select("a[href^=/keys/]").eachAttr("href").stream()
        .filter(path -> path.matches("/keys/[0-9a-f-]{36}"))
        .findFirst()
        .orElseThrow()
        .substring("/keys/".length());
  }

  private static String reveal(HttpBrowser browser, String key) {
    return browser
        .post("/keys/" + key + "/revelation", "password", WebApp.PASSWORD)
        .page()
        .select(".revealed")
        .text();
  }

  /** All rows, except the times at which sessions were used. */
  private static Map<String, String> rows(TestDatabase database) {
    var rows = new TreeMap<>(Rows.of(database));
    rows.remove("sessions");
    return rows;
  }
}
