package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.keywheel.support.Buttons.press;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.RunningApp;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The screens of the gateway, as an administrator uses them. */
@Tag("full")
class GatewayIT {
  private static final String MODEL = "openai/gpt-oss-20b:free";
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Pattern TOKEN = Pattern.compile("kw1_[0-9A-Za-z]{36}");

  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();

  @RegisterExtension final Chromium chromium = new Chromium();

  @BeforeAll
  static void addKeys() {
    app.addKeys(
        "sandbox",
        List.of(Visitor.key(1, "valid"), Visitor.key(2, "valid"), Visitor.key(3, "endless")));
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
      assertThat(page.locator("#snippet-" + use.toLowerCase(Locale.ROOT).replace(' ', '-')))
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
    assertThat(page.getByLabel("Addresses"))
        .hasAccessibleDescription(Pattern.compile("Enter networks.* one per line\\. Empty: all"));
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
    assertThat(page.getByText("Token changed.")).isVisible();
    page.reload();
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

  @Test
  void an_alias_is_created_tested_changed_and_deleted() {
    Page page = open("/gateway/models");
    PageChecks.assertGood(page, "gateway-models");
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("claude-sonnet")).click();
    assertThat(page.getByLabel("Alias", exactly())).hasValue("claude-sonnet");
    page.getByLabel("Targets", exactly()).fill("nowhere/x");
    chromium.tolerate("422");
    press(page, "Create alias");
    assertThat(page.getByLabel("Targets", exactly()))
        .hasAccessibleDescription(
            Pattern.compile("There is no provider nowhere\\. .*One per line, in the order"));
    page.getByLabel("Targets", exactly())
        .fill("openrouter/x/gone\nsandbox/openai/gpt-oss-20b:free {\"temperature\": 0}");
    press(page, "Create alias");
    page.getByLabel("Model", exactly()).fill("claude-sonnet");
    press(page, "Try");
    assertThat(page.getByRole(AriaRole.LISTITEM))
        .containsText(
            new String[] {"x/gone: no key", "gpt-oss-20b:free, which sets temperature: 3 keys"});
    PageChecks.assertGood(page, "gateway-models-alias");
    press(page, "Send a test request");
    assertThat(page.getByText("It answers:")).isVisible();
    press(page, "Send a test request");
    assertThat(page.getByText("It answers:")).isVisible();
    page.getByText("See the request").click();
    assertThat(page.getByText("Trial by")).isVisible();
    assertThat(page.getByLabel("Calls to providers").getByText("Answered")).isVisible();
    assertThat(page.getByLabel("Calls to providers")).containsText("Provider's call id gen-");
    page = open("/gateway/models");
    page.getByText("Change claude-sonnet").click();
    page.getByLabel("Targets of claude-sonnet").fill("\n\ngpt-oss-20b");
    press(page, "Save claude-sonnet");
    Locator refused = page.getByLabel("Targets of claude-sonnet");
    assertThat(refused).hasValue("\n\ngpt-oss-20b");
    assertThat(refused).hasAccessibleDescription(Pattern.compile("Line 3: a target is a provider"));
    refused.fill("sandbox/openai/gpt-oss-20b:free");
    press(page, "Save claude-sonnet");
    assertThat(page.locator(".targets li")).hasCount(1);
    press(page, "Disable claude-sonnet");
    page.getByLabel("Model", exactly()).fill("claude-sonnet");
    press(page, "Try");
    assertThat(page.getByText("404 model_not_found.")).isVisible();
    press(page, "Delete claude-sonnet");
    page.getByRole(AriaRole.DIALOG).getByRole(AriaRole.BUTTON).first().click();
    assertThat(page.getByText("No aliases")).isVisible();
  }

  @Test
  void a_request_is_shown_while_it_is_in_flight_with_its_attempts_and_can_be_aborted() {
    Page page = open("/gateway/tokens");
    page.getByLabel("Name").fill("Chat");
    press(page, "Create token");
    String token = page.getByLabel("Your token").inputValue();
    page = open("/gateway/requests");
    HttpResponse<String> answer = send(token, false).join();
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    String id = answer.headers().firstValue("x-request-id").orElseThrow();
    Locator row = page.locator("[id='request-" + id + "']");
    assertThat(row).containsText("Answered");
    assertThat(row).containsText("Chat");
    assertThat(row).containsText(MODEL);
    row.getByRole(AriaRole.LINK).first().click();
    assertThat(page.getByText(id)).isVisible();
    assertThat(page.getByLabel("Calls to providers").getByText("Answered")).isVisible();
    PageChecks.assertGood(page, "gateway-request");

    List<CompletableFuture<HttpResponse<String>>> streams =
        IntStream.range(0, 3).mapToObj(_ -> send(token, true)).toList();
    Await.until(
        "only the endless stream is in flight",
        () -> streams.stream().filter(CompletableFuture::isDone).count() == 2);
    page = open("/gateway/requests");
    Locator open =
        page.getByRole(AriaRole.ROW).filter(new Locator.FilterOptions().setHasText("In flight"));
    assertThat(open).hasCount(1);
    PageChecks.assertGood(page, "gateway-requests");
    open.getByRole(AriaRole.LINK).first().click();
    assertThat(page.locator("dt").getByText("First event")).isVisible();
    press(page, "Abort");
    page.getByRole(AriaRole.DIALOG).getByRole(AriaRole.BUTTON).first().click();
    assertThat(page.getByText("Abort requested.")).isVisible();
    assertThat(page.getByText("In flight")).hasCount(0);
    assertThat(page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Abort")))
        .hasCount(0);
    streams.forEach(stream -> stream.handle((_, _) -> 0).join());
    page = open("/settings/audit?what=aborted+a+request");
    assertThat(page.getByRole(AriaRole.ROWHEADER)).hasCount(1);
    page = open("/keys");
    page.getByText(Visitor.name(3)).first().click();
    assertThat(
            page.getByRole(
                AriaRole.HEADING, new Page.GetByRoleOptions().setName("Gateway requests")))
        .isVisible();
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Gateway requests")).click();
    assertThat(page.getByLabel("Calls to providers").getByRole(AriaRole.ROW)).not().hasCount(0);
    PageChecks.assertGood(page, "gateway-key");
  }

  private static CompletableFuture<HttpResponse<String>> send(String token, boolean streamed) {
    String body =
        "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
            .formatted(MODEL, streamed);
    return CLIENT.sendAsync(
        HttpRequest.newBuilder(URI.create(app.url() + "/v1/chat/completions"))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static Page.GetByLabelOptions exactly() {
    return new Page.GetByLabelOptions().setExact(true);
  }

  private Page open(String path) {
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, app.cookies()));
    visitor.open(path);
    return visitor.page;
  }
}
