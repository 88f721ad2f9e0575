package dev.keywheel.web.keys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.keywheel.support.Buttons.button;
import static dev.keywheel.support.Buttons.press;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import dev.keywheel.key.imports.KeyFileDecoder;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Interception;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.WebApp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Keys in a file: chosen or dropped, read, refused, and kept when the user has to sign in again.
 */
@Tag("full")
final class KeyFilesTest {
  @SuppressWarnings("UnnecessaryLambda") // a route ends by the identity of its predicate
  private static final Predicate<String> SESSION = url -> url.endsWith("/session");

  private static final String EVE = "eve@example.com sk-or-demo-valid-000077";

  @AutoClose private static final KeysSite site = new KeysSite();
  private static Principal operator;

  @RegisterExtension final Chromium chromium = new Chromium();

  @BeforeAll
  static void start() {
    site.add(1);
    operator = site.app.member("grace@example.org", Role.OPERATOR);
  }

  @Test
  void a_chosen_file_is_appended_to_the_pasted_text() {
    Page page = open("/keys/new");
    keys(page).fill("zoe@example.com sk-or-demo-valid-000078");
    choose(page, "keys.txt", EVE.getBytes(UTF_8));
    assertThat(page.getByRole(AriaRole.STATUS).first())
        .hasText("keys.txt was added to the field above.");
    assertThat(keys(page)).hasValue("zoe@example.com sk-or-demo-valid-000078\n" + EVE);
    PageChecks.assertGood(page, "keys-file-read");
    press(page, "Preview");
    assertThat(button(page, "Import 2 keys")).isVisible();
  }

  @Test
  void the_browser_asks_before_it_leaves_a_filled_import() {
    var dialogs = new ArrayList<String>();
    Page page = open("/keys/new");
    page.onDialog(
        dialog -> {
          dialogs.add(dialog.type());
          dialog.accept();
        });
    keys(page).click();
    link(page, "Cancel").click();
    page.waitForURL("**/keys");
    assertThat(dialogs).isEmpty();
    page.navigate(site.app.url() + "/keys/new");
    keys(page).click();
    page.keyboard().type(EVE);
    link(page, "Cancel").click();
    page.waitForURL("**/keys");
    assertThat(dialogs).containsExactly("beforeunload");
    page.navigate(site.app.url() + "/keys/new");
    keys(page).click();
    page.keyboard().type(EVE);
    press(page, "Preview");
    assertThat(button(page, "Import 1 key")).isVisible();
    assertThat(dialogs).containsExactly("beforeunload");
  }

  @Test
  void pasted_keys_are_sent_only_to_a_server_that_responds() {
    chromium.tolerate("502|503|ERR_INTERNET_DISCONNECTED|Failed to fetch");
    Page page = open("/keys/new");
    keys(page).fill(EVE);
    answerSession(
        page,
        new Route.FulfillOptions()
            .setStatus(503)
            .setHeaders(Map.of("Content-Type", "text/plain", "X-Request-Id", "r-17"))
            .setBody("The database is away."));
    press(page, "Preview");
    assertThat(page.locator("#problem p"))
        .hasText("The database is away. What you wrote stays here. Request r-17.");
    assertThat(keys(page)).hasValue(EVE);
    answerSession(
        page,
        new Route.FulfillOptions()
            .setStatus(502)
            .setContentType("text/html")
            .setBody("<h1>502 Bad Gateway</h1>"));
    press(page, "Preview");
    assertThat(page.locator("#problem p"))
        .hasText("Keywheel does not answer. What you wrote stays here.");
    assertThat(keys(page)).hasValue(EVE);
    page.unroute(SESSION);
    page.context().setOffline(true);
    press(page, "Preview");
    assertThat(page.locator("#problem")).containsText("Keywheel does not answer.");
    assertThat(keys(page)).hasValue(EVE);
    page.context().setOffline(false);
    press(page, "Preview");
    assertThat(button(page, "Import 1 key")).isVisible();
  }

  private static void answerSession(Page page, Route.FulfillOptions answer) {
    page.unroute(SESSION);
    Interception.route(page, SESSION, route -> route.fulfill(answer));
  }

  private static Locator link(Page page, String name) {
    return page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(name));
  }

  @Test
  void a_chosen_file_is_in_the_preview_after_the_session_had_ended() {
    chromium.tolerate("401");
    Page page = open("/keys/new");
    page.getByLabel("Provider").selectOption("sandbox");
    choose(page, "keys.txt", EVE.getBytes(UTF_8));
    assertThat(keys(page)).hasValue(EVE);
    endSessions();
    press(page, "Preview");
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Password").fill(WebApp.PASSWORD);
    dialog.getByRole(AriaRole.BUTTON).click();
    assertThat(button(page, "Import 1 key")).isVisible();
    assertThat(page.getByText("eve@example.com")).isVisible();
    assertThat(page.locator("main")).containsText("Sandbox");
  }

  @Test
  void a_file_dropped_on_the_list_fills_the_import_form_after_a_sign_in() {
    chromium.tolerate("401");
    Page page = open("/keys");
    endSessions();
    drop(page, "#bulk");
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Password").fill(WebApp.PASSWORD);
    dialog.getByRole(AriaRole.BUTTON).click();
    assertThat(keys(page)).hasValue(EVE);
    press(page, "Preview");
    assertThat(button(page, "Import 1 key")).isVisible();
  }

  @Test
  void a_file_that_is_not_text_is_refused_when_chosen_and_the_typed_text_stays() {
    Page page = open("/keys/new");
    keys(page).fill(EVE);
    choose(page, "sheet.xlsx", "PK\3\4\24\0".getBytes(UTF_8));
    assertThat(page.locator("#file-read")).containsText("sheet.xlsx is not UTF-8 text");
    PageChecks.assertGood(page, "keys-file-refused");
    choose(page, "keys.txt", EVE.getBytes(UTF_16));
    assertThat(page.locator("#file-read")).containsText("keys.txt is not UTF-8 text");
    choose(page, "large.txt", new byte[KeyFileDecoder.MAX_BYTES + 1]);
    assertThat(page.locator("#file-read")).containsText("large.txt is larger than 10 MB");
    assertThat(keys(page)).hasValue(EVE);
    press(page, "Preview");
    assertThat(button(page, "Import 1 key")).isVisible();
  }

  @Test
  void without_javascript_the_file_is_sent_as_it_is() {
    Page page = site.app.open(chromium, Look.DESKTOP.withoutJavaScript(), operator);
    page.navigate(site.app.url() + "/keys/new");
    choose(page, "keys.txt", EVE.getBytes(UTF_8));
    press(page, "Preview");
    assertThat(button(page, "Import 1 key")).isVisible();
    assertThat(site.keys().size()).isEqualTo(1);
  }

  private static void endSessions() {
    site.app.sessions.of(operator.userId(), Instant.now()).forEach(site.app.people::endSession);
  }

  private Page open(String path) {
    Page page = site.app.open(chromium, Look.DESKTOP, operator);
    page.navigate(site.app.url() + path);
    return page;
  }

  private static Locator keys(Page page) {
    return page.getByLabel("Keys", new Page.GetByLabelOptions().setExact(true));
  }

  private static void choose(Page page, String name, byte[] content) {
    page.getByLabel("Or a file").setInputFiles(new FilePayload(name, "text/plain", content));
  }

  private static void drop(Page page, String on) {
    page.evaluate(
        """
        ([text, on]) => {
          const data = new DataTransfer();
          data.items.add(new File([text], 'keys.txt', {type: 'text/plain'}));
          const drop = new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data});
          document.querySelector(on).dispatchEvent(drop);
        }
        """,
        java.util.List.of(EVE, on));
  }
}
