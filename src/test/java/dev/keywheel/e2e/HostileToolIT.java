package dev.keywheel.e2e;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.PARTS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.Cookie;
import dev.keywheel.RunningApp;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.browser.BrowserToolCheck;
import dev.keywheel.db.Json;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A tool that tries every way out there is, with a server behind each of them: wherever the tool is
 * shown, that server is never reached.
 */
class HostileToolIT {
  /**
   * What the tool reaches where nothing holds it, in any browser. A whole one lets its workers and
   * its peer connections out as well, one without windows does not.
   */
  private static final Set<String> WAYS_OUT =
      Set.of("/fetch", "/eval", "/xhr", "/socket", "/beacon", "/css-link", "/frame-tag");

  /** The tool tries one way after the other, each until it times out. */
  private static final double LAST_TRY_MILLIS = 60_000;

  private static RunningApp app;
  private static Outside outside;
  private static List<Cookie> cookies = List.of();
  private static String articlePath = "";
  private static Path file;

  @RegisterExtension final Chromium chromium = new Chromium();
  private Page page;

  @BeforeAll
  static void start() throws IOException {
    app = RunningApp.start();
    outside = new Outside();
  }

  @AfterAll
  static void stop() throws IOException {
    outside.close();
    app.close();
    Files.deleteIfExists(file);
  }

  @BeforeEach
  void openBrowser() throws IOException {
    chromium.tolerate("."); // each refusal is an error on the console
    if (articlePath.isEmpty()) {
      makeArticle();
    }
    page = chromium.openUnrecorded(Look.DESKTOP, cookies);
    outside.forget();
  }

  private void makeArticle() throws IOException {
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    visitor.setUp();
    visitor.addKeys("sandbox", Visitor.keys(8));
    visitor.generate("How to work out a discount in percent", "sandbox");
    visitor.awaitRun("Completed");
    visitor.follow("Open article");
    visitor.page.waitForURL(app.url() + "/articles/*");
    articlePath = visitor.page.url().substring(app.url().length());
    cookies = visitor.page.context().cookies();
    app.database()
        .runTx(
            tx -> {
              var body =
                  tx.dsl()
                      .select(PARTS.BODY)
                      .from(PARTS)
                      .where(PARTS.PART.eq("tool"), PARTS.CURRENT.isTrue())
                      .fetchSingle(PARTS.BODY);
              var json = (ObjectNode) Json.read(body, JsonNode.class);
              ((ObjectNode) json.path("document")).put("html", outside.tool());
              tx.dsl()
                  .update(PARTS)
                  .set(PARTS.BODY, Json.jsonb(json))
                  .where(PARTS.PART.eq("tool"), PARTS.CURRENT.isTrue())
                  .execute();
              tx.dsl().update(ARTICLES).set(ARTICLES.UPDATED_AT, Instant.now()).execute();
            });
    visitor.open(articlePath);
    var download = visitor.page.waitForDownload(() -> visitor.follow("Download HTML"));
    file = Files.createTempFile("article", ".html");
    Files.write(file, Files.readAllBytes(download.path()));
  }

  @Test
  void in_the_article() {
    page.navigate(app.url() + articlePath);
    page.locator("iframe.tool-frame").scrollIntoViewIfNeeded();
    assertNothingLeft();
    assertThat(page.url()).endsWith(articlePath);
    assertThat(page.locator("h1").count()).isEqualTo(1);
  }

  @Test
  void opened_by_its_own_address() {
    page.navigate(app.url() + articlePath);
    var address = Objects.requireNonNull(page.locator("iframe.tool-frame").getAttribute("src"));
    page.navigate(app.url() + address);
    assertNothingLeft();
    assertThat(page.url()).endsWith(address);
  }

  @Test
  void in_the_exported_file_from_disk() {
    page.navigate(file.toUri().toString());
    page.locator("iframe").scrollIntoViewIfNeeded();
    assertNothingLeft();
    assertThat(page.url()).startsWith("file:");
    assertThat(page.locator("h1").count()).isEqualTo(1);
  }

  @Test
  void in_the_check_before_it_is_published() {
    var brief = new ToolBrief("Trap", "calculator", "", List.of(), List.of(), "", List.of());
    try (var check = new BrowserToolCheck(Chromium.executable())) {
      var seen = check.check(ToolDocument.of(outside.tool(), brief, "en"), List.of());
      assertThat(seen.state()).isNotEqualTo(State.PASSED);
    }
    assertThat(outside.reached()).isEmpty();
  }

  /** The trap is not one that cannot be reached: without its frame the tool gets out everywhere. */
  @Test
  void without_its_frame_it_would_get_out() throws IOException {
    var bare = Files.createTempFile("bare", ".html");
    try {
      Files.writeString(bare, outside.tool(), StandardCharsets.UTF_8);
      page.navigate(bare.toUri().toString());
      Await.until(
          () -> "only these were reached: " + outside.reached(),
          Duration.ofSeconds(20),
          () -> outside.reached().containsAll(WAYS_OUT));
    } finally {
      Files.deleteIfExists(bare);
    }
  }

  /** Waits for the tool's last try, to take its frame elsewhere, and for what is on its way. */
  private void assertNothingLeft() {
    var frame = page.locator("iframe").first().elementHandle();
    page.waitForCondition(
        () -> Objects.requireNonNull(frame.contentFrame()).url().startsWith("chrome-error"),
        new Page.WaitForConditionOptions().setTimeout(LAST_TRY_MILLIS));
    outside.askAndAwait("/last");
    assertThat(outside.reached()).containsExactly("/last");
  }
}
