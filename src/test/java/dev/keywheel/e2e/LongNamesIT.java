package dev.keywheel.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.keywheel.RunningApp;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of the maximum length, as one word, on the pages that list them. */
@Tag("full")
class LongNamesIT {
  private static final String MODEL = "openai/gpt-oss-20b:free";
  private static final String KEY = "k".repeat(88) + "@example.org";

  /** Tables that are wider than their card, and texts beyond the edge of their card. */
  private static final String OUT_OF_VIEW =
      """
      () => [...document.querySelectorAll('.table-wrap, .card')]
        .filter(e => e.scrollWidth > e.clientWidth + 1)
        .map(e => e.className + ' ' + e.scrollWidth + ' of ' + e.clientWidth + ': '
          + e.textContent.trim().slice(0, 40))
      """;

  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();
  private static String request = "";
  private static String key = "";

  @RegisterExtension final Chromium chromium = new Chromium();

  @BeforeEach
  void createNames() throws Exception {
    if (!request.isEmpty()) {
      return;
    }
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, app.cookies()));
    visitor.addKeys(
        "sandbox", List.of(KEY + " sk-or-demo-valid-01", "a".repeat(100) + " sk-or-demo-valid-02"));
    Page page = visitor.page;
    page.getByText("k".repeat(88)).first().click();
    key = page.url().substring(app.url().length());
    app.asOwner("update api_keys set tags = array[repeat('t', 40)]");
    submit(visitor, "/gateway/tokens", "Name", "w".repeat(100), "Create token");
    String token = page.getByLabel("Your token").inputValue();
    visitor.open("/gateway/models");
    page.getByLabel("Alias", exactly()).fill("l".repeat(200));
    page.getByLabel("Targets", exactly()).fill("sandbox/" + "m".repeat(180));
    visitor.press("Create alias");
    submit(
        visitor,
        "/settings/people",
        "Email",
        "p".repeat(60) + "@" + "d".repeat(60) + "." + "d".repeat(60) + ".example.org",
        "Add member");
    app.asOwner(
        """
        with person as (
          insert into users (id, email, password_hash, created_at, password_changed_at)
          values (gen_random_uuid(), repeat('q', 60) || '@example.org', 'none', now(), now())
          returning id)
        insert into members (workspace_id, user_id, role, joined_at)
        select workspaces.id, person.id, 'viewer', now() from workspaces, person
        """);
    submit(visitor, "/settings/workspaces", "Name", "s".repeat(60), "Add workspace");
    request = send(token).headers().firstValue("x-request-id").orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/gateway/requests",
        "/gateway/requests/{request}",
        "/gateway/tokens",
        "/gateway/models",
        "/gateway{key}",
        "{key}",
        "/settings/people",
        "/settings/workspaces"
      })
  void no_name_moves_other_content_out_of_view(String path) {
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, app.cookies()));
    visitor.open(path.replace("{request}", request).replace("{key}", key));
    for (int width : List.of(1280, 800, 360)) {
      visitor.page.setViewportSize(width, 800);
      PageChecks.assertNoSidewaysScroll(visitor.page);
      if (width != 800) { // there a table of ten columns scrolls within its card
        assertThat(visitor.page.evaluate(OUT_OF_VIEW)).asList().as("at %s px", width).isEmpty();
      }
    }
  }

  private static void submit(
      Visitor visitor, String path, String field, String text, String button) {
    visitor.open(path);
    visitor.page.getByLabel(field, exactly()).fill(text);
    visitor.press(button);
  }

  private static HttpResponse<String> send(String token) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create(app.url() + "/v1/chat/completions"))
              .header("Authorization", "Bearer " + token)
              .header("Content-Type", "application/json")
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                          .formatted(MODEL)))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static Page.GetByLabelOptions exactly() {
    return new Page.GetByLabelOptions().setExact(true);
  }
}
