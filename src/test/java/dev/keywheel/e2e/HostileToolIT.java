package dev.keywheel.e2e;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.PARTS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Page;
import dev.keywheel.RunningApp;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.article.tool.FramedTool;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.db.Json;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.Outside;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WaysOut;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tools that try every way out of their frame, with a listener for each: no listener is reached,
 * wherever the tool is shown.
 */
@Tag("full")
class HostileToolIT {
  private static final double TRIES_MILLIS = 120_000;
  private static final double ARRIVAL_MILLIS = 250;

  /**
   * Ways that have no listener, or no effect in a headless browser or in a plain frame; {@code
   * leaving-5} is a download.
   */
  private static final Set<String> UNSEEN =
      Set.of(
          "attribution-anchor",
          "attribution-image",
          "document-write",
          "federated-user",
          "fetch-later",
          "frame-fenced",
          "link-icon",
          "leaving-5",
          "link-preconnect",
          "media-artwork",
          "parent-location",
          "passkey",
          "payment",
          "picture-in-picture-rtc",
          "shared-storage",
          "speculation",
          "static-anchor",
          "static-icon",
          "static-manifest",
          "static-preconnect",
          "static-speculation",
          "top-location",
          "web-install");

  /**
   * Tries a TURN server until it is reached. It runs alone, because among many connections the
   * server may not be reached.
   */
  private static final String RELAY =
      """
      <!doctype html><script>const kept = [];
      const call = () => {
        const p = new RTCPeerConnection({iceServers: [{urls: '%s', username: 'secret', credential: 'x'}]});
        kept.push(p);
        p.createDataChannel('x');
        p.createOffer().then(o => p.setLocalDescription(o));
      };
      call();
      setInterval(call, 2000)</script>
      """;

  @AutoClose private static final RunningApp app = RunningApp.withoutBrowser(TestDatabase.create());
  private static Outside outside;
  private static String articlePath = "";
  private static final List<String> TOOLS = new ArrayList<>();
  private static final List<Map<String, String>> FILES = new ArrayList<>();

  @RegisterExtension final Chromium chromium = new Chromium();
  @TempDir Path folder;

  @BeforeAll
  static void start() throws IOException {
    outside = new Outside();
  }

  @AfterAll
  static void stop() throws IOException {
    outside.close();
  }

  @BeforeEach
  void openBrowser() throws IOException {
    chromium.tolerate("."); // each refusal is an error on the console
    if (articlePath.isEmpty()) {
      createArticle();
    }
    outside.forget();
  }

  private Page open(String address) {
    var page = chromium.openUnrecorded(Look.DESKTOP, app.cookies());
    page.addInitScript(
        "addEventListener('message', e => { if (e.data && e.data.made) window.tried = e.data; })");
    page.navigate(address);
    return page;
  }

  private void createArticle() throws IOException {
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, app.cookies()));
    articlePath = Visitor.newArticle(app);
    TOOLS.add(WaysOut.all(outside));
    TOOLS.addAll(WaysOut.leaving(outside));
    for (var tool : TOOLS) {
      publish(tool);
      FILES.add(
          unzipped(
              visitor
                  .page
                  .context()
                  .request()
                  .get(app.url() + articlePath + "/downloads/zip")
                  .body()));
    }
  }

  private static void publish(String tool) {
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
              ((ObjectNode) json.path("document")).put("html", tool);
              tx.dsl()
                  .update(PARTS)
                  .set(PARTS.BODY, Json.jsonb(json))
                  .where(PARTS.PART.eq("tool"), PARTS.CURRENT.isTrue())
                  .execute();
              tx.dsl().update(ARTICLES).set(ARTICLES.UPDATED_AT, Instant.now()).execute();
            });
  }

  private static Map<String, String> unzipped(byte[] zip) throws IOException {
    var files = new HashMap<String, String>();
    try (var in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        files.put(entry.getName(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return files;
  }

  @Test
  void a_hostile_tool_reaches_no_listener_in_the_article_and_at_its_own_address() {
    var articles = new ArrayList<Page>();
    var alone = new ArrayList<Page>();
    var addresses = new ArrayList<String>();
    for (var tool : TOOLS) {
      publish(tool);
      articles.add(open(app.url() + articlePath));
      var frame = articles.getLast().locator("iframe.tool-frame");
      frame.scrollIntoViewIfNeeded();
      addresses.add(app.url() + frame.getAttribute("src"));
      alone.add(open(addresses.getLast()));
      assertNothingMade(List.of(articles.getLast(), alone.getLast())); // before the next tool
    }
    assertNothingReached(alone);
    // Checked only now, because a tool may navigate the whole page after its message.
    assertThat(articles).extracting(Page::url).containsOnly(app.url() + articlePath);
    assertThat(articles).allMatch(page -> page.locator("h1").count() == 1);
    assertThat(alone).extracting(Page::url).isEqualTo(addresses);
  }

  @Test
  void a_hostile_tool_reaches_no_listener_from_the_exported_page_on_disk() throws IOException {
    assertReachesNothingFromDisk("index.html");
  }

  @Test
  void a_hostile_tool_from_the_archive_reaches_no_listener_when_opened_by_itself()
      throws IOException {
    assertReachesNothingFromDisk("tool.html");
  }

  private void assertReachesNothingFromDisk(String name) throws IOException {
    var pages = new ArrayList<Page>();
    for (int i = 0; i < FILES.size(); i++) {
      var file = Files.writeString(folder.resolve(i + name), FILES.get(i).get(name));
      var page = open(file.toUri().toString());
      page.locator("iframe").scrollIntoViewIfNeeded();
      pages.add(page);
    }
    assertNothingMade(pages);
    assertNothingReached(pages);
    assertThat(pages).allMatch(page -> page.url().startsWith("file:"));
  }

  @Test
  void a_hostile_tool_reaches_no_listener_in_a_block_of_another_site() {
    var pages = new ArrayList<Page>();
    var urls = new ArrayList<String>();
    for (var files : FILES) {
      var post = files.get("wordpress/post.html");
      urls.add(outside.serve("<!doctype html><title>Site</title>" + post));
      pages.add(open(urls.getLast()));
    }
    assertNothingMade(pages);
    assertNothingReached(pages);
    assertThat(pages).extracting(Page::url).isEqualTo(urls);
  }

  /**
   * A control: without its frame the tool reaches the listeners. Runs in a separate browser, which
   * the tool may crash.
   */
  @Test
  void without_its_frame_the_hostile_tool_reaches_every_listener() throws IOException {
    var expected = new TreeSet<>(WaysOut.names());
    expected.removeIf(way -> way.contains("-dns"));
    // A listener does not see DNS lookups: the elements that cause the lookups report them instead.
    WaysOut.names().stream()
        .filter(way -> way.matches("(link|srcdoc|replaced).*-dns.*"))
        .filter(way -> !way.matches(".*(custom|command).*"))
        .forEach(way -> expected.add("made-" + way));
    var frames = new StringBuilder("<!doctype html><title>Leaving</title>");
    for (int i = 1; i < TOOLS.size(); i++) {
      expected.add("leaving-" + i);
      frames.append("<iframe src='").append(outside.serve(TOOLS.get(i))).append("'></iframe>");
    }
    expected.removeAll(UNSEEN);
    expected.remove(Outside.TURN);
    frames.append("<iframe src='").append(outside.serve(TOOLS.getFirst())).append("'></iframe>");
    assertReached(frames.toString(), expected);
    assertReached(RELAY.formatted(outside.turn()), Set.of(Outside.TURN));
  }

  private void assertReached(String html, Set<String> expected) throws IOException {
    outside.forget(); // only this browser counts
    var browser =
        new ProcessBuilder(
                Chromium.executable().toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-popup-blocking",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + Files.createTempDirectory(folder, "profile"),
                outside.serve(html))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      Await.until(
          () -> {
            var missing = new TreeSet<>(expected);
            missing.removeAll(outside.reached());
            return "not reached: " + missing;
          },
          Duration.ofMinutes(2),
          () -> outside.reached().containsAll(expected));
    } finally {
      var processes = browser.descendants().toList();
      browser.destroyForcibly();
      processes.forEach(ProcessHandle::destroyForcibly);
      processes.forEach(p -> p.onExit().completeOnTimeout(p, 2, TimeUnit.SECONDS).join());
    }
  }

  /** A frame that a tool creates cannot run scripts either. */
  @Test
  void without_the_prelude_no_script_of_the_tool_runs_not_even_in_frames() {
    var script = "document.querySelector('output').textContent='ran'";
    var output = "<output onclick=\"textContent='clicked'\">none</output>";
    var document =
        FramedTool.document(
            ToolDocument.of(
                "<!doctype html><html><body>"
                    + output
                    + "<script>"
                    + script
                    + "</script></body></html>",
                new ToolBrief("Trap", "calculator", "", List.of(), List.of(), "", List.of()),
                "en"));
    var page = open(outside.serve(document));
    assertThat(page.locator("output").textContent()).isEqualTo("ran");
    page.locator("output").click();
    assertThat(page.locator("output").textContent()).isEqualTo("clicked");
    var without = document.replaceFirst("(?s)<script>.*?</script>", "");
    var body = without.substring(without.indexOf("<body>"));
    page.navigate(
        outside.serve(
            without.replace(
                "</body>",
                "<iframe srcdoc=\"" + MarkdownToHtml.escaped(body) + "\"></iframe></body>")));
    page.locator("output").click();
    var frame = page.frameLocator("iframe").locator("output");
    frame.click();
    assertThat(page.locator("output").textContent()).isEqualTo("none");
    assertThat(frame.textContent()).isEqualTo("none");
  }

  /**
   * Waits for the messages that the tools send to the top windows when they have tried everything.
   */
  private static void assertNothingMade(List<Page> pages) {
    for (var page : pages) {
      page.waitForCondition(
          () -> page.evaluate("window.tried") != null,
          new Page.WaitForConditionOptions().setTimeout(TRIES_MILLIS));
      assertThat((List<?>) page.evaluate("window.tried.made"))
          .as("elements created by the tool")
          .isEmpty();
    }
  }

  /** Waits until the requests of all tools have arrived; each names its tool and its way. */
  private static void assertNothingReached(List<Page> pages) {
    pages.getLast().waitForTimeout(ARRIVAL_MILLIS);
    outside.requestAndAwait("last");
    assertThat(outside.reached()).containsExactly("last");
  }
}
