package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import dev.keywheel.RunningApp;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The screens of the gateway, as an administrator uses them. */
class GatewayIT {
  private static final Pattern TOKEN = Pattern.compile("kw1_[0-9A-Za-z]{36}");

  private static RunningApp app;
  private static List<Cookie> cookies = List.of();

  @RegisterExtension final Chromium chromium = new Chromium();

  @BeforeAll
  static void start() {
    app = RunningApp.start();
  }

  @AfterAll
  static void stop() {
    app.close();
  }

  @BeforeEach
  void signedInWithKeys() {
    if (cookies.isEmpty()) {
      var first = new Visitor(app, chromium.open(Look.DESKTOP));
      first.setUp();
      first.addKeys("sandbox", Visitor.keys(3));
      cookies = first.page.context().cookies();
    }
  }

  @Test
  void a_token_is_shown_once_with_code_that_uses_it() {
    Page page = open("/");
    page.getByRole(AriaRole.NAVIGATION).getByText("Gateway").click();
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Tokens")).click();
    page.waitForURL("**/gateway/tokens");
    PageChecks.assertGood(page, "gateway-tokens-none");
    press(page, "Create token");
    assertThat(page.getByLabel("Your token")).hasCount(0);
    page.getByLabel("Name").fill("Nightly batch");
    press(page, "Create token");
    Locator secret = page.getByLabel("Your token");
    assertThat(secret).hasValue(TOKEN);
    String token = secret.inputValue();
    assertThat(secret).hasAttribute("readonly", "");
    for (String use : List.of("curl", "Node", "Python", "Java", "Claude Code", "Codex")) {
      assertThat(page.locator("#snippet-" + use.toLowerCase().replace(' ', '-')))
          .containsText(token);
    }
    assertThat(page.locator("#base-url")).hasText(app.url() + "/v1");
    PageChecks.assertGood(page, "gateway-token-issued");

    page = open("/gateway/tokens");
    assertThat(page.locator("table"))
        .containsText(token.substring(0, 8) + "…" + token.substring(36));
    assertThat(page.content()).doesNotContain(token.substring(8, 36));
    PageChecks.assertGood(page, "gateway-tokens");
  }

  @Test
  void limits_are_set_and_shown_and_a_token_is_rotated_and_revoked() {
    Page page = open("/gateway/tokens");
    page.getByLabel("Name").fill("Narrow");
    page.getByText("Limits", new Page.GetByTextOptions().setExact(true)).click();
    page.getByLabel("/v1/embeddings").uncheck();
    page.getByLabel("Models", new Page.GetByLabelOptions().setExact(true)).fill("openai/*\nfast");
    page.getByLabel("Requests a minute").fill("60");
    chromium.tolerate("422");
    page.getByLabel("Addresses").fill("10.0.0.0/33");
    press(page, "Create token");
    assertThat(page.getByText("Enter networks such as")).isVisible();
    PageChecks.assertGood(page, "gateway-token-refused");
    page.getByLabel("Addresses").fill("10.0.0.0/8");
    press(page, "Create token");
    String first = page.getByLabel("Your token").inputValue();
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Narrow")).click();
    assertThat(page.getByLabel("/v1/embeddings")).not().isChecked();
    assertThat(page.getByLabel("/v1/messages")).isChecked();
    assertThat(page.getByLabel("Requests a minute")).hasValue("60");
    PageChecks.assertGood(page, "gateway-token");
    page.getByLabel("Requests a minute").fill("");
    press(page, "Save");
    assertThat(page.getByLabel("Requests a minute")).hasValue("");
    press(page, "Rotate");
    assertThat(page.getByLabel("Your token")).hasValue(TOKEN);
    assertThat(page.getByLabel("Your token")).not().hasValue(first);
    assertThat(page.getByText("Old secret", new Page.GetByTextOptions().setExact(true)))
        .isVisible();
    press(page, "Revoke");
    page.getByRole(AriaRole.DIALOG).getByRole(AriaRole.BUTTON).first().click();
    assertThat(page.getByText("Token revoked.")).isVisible();
    assertThat(page.getByRole(AriaRole.ROWHEADER).getByText("Narrow")).hasCount(0);
    page.getByText("revoked", new Page.GetByTextOptions().setExact(false)).last().click();
    assertThat(page.getByRole(AriaRole.ROWHEADER).getByText("Narrow")).hasCount(1);
  }

  private static void press(Page page, String name) {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true))
        .click();
  }

  private Page open(String path) {
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    visitor.open(path);
    return visitor.page;
  }
}
