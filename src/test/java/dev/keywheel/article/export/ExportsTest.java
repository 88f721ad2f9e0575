package dev.keywheel.article.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.ArticleParts.Text;
import dev.keywheel.article.page.CoverImage;
import dev.keywheel.article.page.Publication;
import dev.keywheel.article.page.Scoring;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.PagePlan.Question;
import dev.keywheel.article.plan.PagePlan.Section;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.text.Markdown.Links;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.db.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.ZipInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jsoup.Jsoup;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** Every file an article can be taken away as, read back by what reads such files. */
class ExportsTest {
  private static final Instant MADE = Instant.parse("2026-03-01T08:30:00Z");
  private static final String TITLE = "Tea: a \"proper\" cup \\ & <b>why</b> ]]> it's 50% milk";
  private static final String TOOL =
      "<!doctype html><html lang=\"en\"><head><title>Scale</title></head><body><h1>Scale</h1><label for=\"c\">Cups</label>"
          + "<input id=\"c\"><output id=\"g\"></output><script>const a = [1, 2]; if (a[0] < 2 && a[1] > 1) document.title = \"[x]]>\"</script></body></html>";
  private static final ToolBrief BRIEF =
      new ToolBrief("Leaf \"scale\"", "calculator", "Weighs", List.of(), List.of(), "", List.of());

  private final Exports exports = new Exports();

  private static ArticleFile file(
      boolean tool, boolean picture, boolean texts, @Nullable Instant reviewed) {
    return file(tool, picture, texts, reviewed, Publication.NONE);
  }

  private static ArticleFile file(
      boolean tool,
      boolean picture,
      boolean texts,
      @Nullable Instant reviewed,
      Publication publication) {
    var plan =
        new PagePlan(
            TITLE,
            "tea-proper-cup",
            "Says: \"how\" long\\nand why.",
            "tea",
            List.of("tea", "a: b", "c \"d\""),
            "A lead & more.",
            new Section(
                "How it works",
                List.of(new Heading("s1-1", "s1-1-leaves", "Leaves & water", List.of(), 40))),
            new Section(
                "Mistakes",
                List.of(
                    new Heading("s2-1", "s2-1-old", "Old <kettles>", List.of(), 40),
                    new Heading("s2-2", "s2-2-gone", "Without text", List.of(), 40))),
            List.of(new Question("q1", "Milk first?"), new Question("q2", "Unanswered?")),
            BRIEF,
            new PagePlan.ImageBrief("x", "A [pot] of \"tea\""));
    var none = Text.NONE;
    var parts =
        new ArticleParts(
            "en",
            plan,
            tool ? ToolDocument.of(TOOL, BRIEF, "en") : null,
            texts ? text("intro", "Use **Cups**.") : none,
            text(
                "s1-1",
                "# Not a heading of the page\n\nLeaves, **water** and <script>alert(1)</script> a [link](https://x.example).\n\n---\n\n- one\n- two"),
            texts ? text("s2-1", "Scale ]]> in the spout.") : none,
            texts ? text("q1", "No. Never, says *nobody*.") : none,
            picture,
            "A [pot] of \"tea\"",
            MADE,
            MADE.plusSeconds(60),
            reviewed,
            publication);
    var quality =
        Scoring.of(parts, List.of(), List.of(), BrowserCheck.notRun("there is no browser here"));
    return new ArticleFile(
        "tea", parts, picture ? CoverImage.drawn("Tea") : null, quality, List.of());
  }

  private static Text text(String id, String markdown) {
    return new Text(new Texts(Map.of(id, markdown)), Links.DROPPED);
  }

  private static ArticleFile whole() {
    return file(true, true, true, null);
  }

  private static String string(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Map<String, byte[]> entries(byte[] zip) throws IOException {
    var entries = new LinkedHashMap<String, byte[]>();
    try (var in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        entries.put(entry.getName(), in.readAllBytes());
      }
    }
    return entries;
  }

  @Test
  void the_html_file_contains_picture_and_tool_and_its_links_resolve() {
    var html = string(exports.html(whole()));
    var page = Jsoup.parse(html);
    assertEquals(TITLE, page.title());
    assertEquals(TITLE, page.selectXpath("//meta[@property='og:title']").attr("content"));
    assertEquals("noindex", page.select("meta[name=robots]").attr("content"), "nobody has read it");
    assertEquals("images/cover.png", meta(page, "og:image"), "beside the page, wherever it is");
    assertTrue(
        page.select("link[rel=canonical], meta[property=og:url], [src^=http], [href^=http]")
            .isEmpty(),
        "its address is not known here");
    assertTrue(
        html.contains("<!-- This page was exported without a public address."), "and that is said");
    assertTrue(page.select("img").attr("src").startsWith("data:image/png;base64,"));
    assertTrue(page.select("iframe").attr("srcdoc").contains("Content-Security-Policy"));
    var links = page.select("nav a");
    assertEquals(8, links.size(), links::toString);
    links.forEach(
        a -> assertNotNull(page.getElementById(a.attr("href").substring(1)), a::toString));
    assertEquals(
        "index, follow",
        Jsoup.parse(string(exports.html(file(true, true, true, MADE))))
            .select("meta[name=robots]")
            .attr("content"));
  }

  private static String meta(org.jsoup.nodes.Document page, String property) {
    return page.selectXpath("//meta[@property='" + property + "']").attr("content");
  }

  @Test
  void every_file_contains_the_publication_details() throws Exception {
    var address = "https://example.org/blog/tea";
    var file =
        file(true, true, true, null, new Publication(address, "Ada <Lovelace>", "Kettle & Sons"));
    for (var html :
        List.of(string(exports.html(file)), string(entries(exports.zip(file)).get("index.html")))) {
      var page = Jsoup.parse(html);
      assertEquals(address, page.select("link[rel=canonical]").attr("href"));
      assertEquals(address, meta(page, "og:url"));
      assertEquals("https://example.org/blog/images/cover.png", meta(page, "og:image"));
      assertEquals("1200", meta(page, "og:image:width"));
      assertEquals("A [pot] of \"tea\"", meta(page, "og:image:alt"));
      assertEquals("Ada <Lovelace>", page.select(".article-author").text());
      assertFalse(html.contains("was not known"));
      var data = Json.MAPPER.readTree(page.select("script[type=application/ld+json]").html());
      var article = data.path("@graph").path(0);
      assertEquals(address, article.path("mainEntityOfPage").asText());
      assertEquals(meta(page, "og:image"), article.path("image").path("url").asText());
      assertEquals("Ada <Lovelace>", article.path("author").path("name").asText());
      assertEquals("Kettle & Sons", article.path("publisher").path("name").asText());
      assertEquals(
          address,
          data.path("@graph").path(1).path("itemListElement").path(0).path("item").asText());
    }
    var markdown = string(exports.markdown(file));
    assertTrue(markdown.contains("\ncanonical: \"" + address + "\"\n"), markdown);
    assertTrue(markdown.contains("\nauthor: \"Ada <Lovelace>\"\n"), markdown);
    assertEquals(address, Json.MAPPER.readTree(exports.json(file)).path("url").asText());
  }

  @Test
  void front_matter_preserves_its_values() {
    var text = string(exports.markdown(whole()));
    var lines = text.lines().toList();
    assertEquals("---", lines.getFirst());
    int end = lines.subList(1, lines.size()).indexOf("---") + 1;
    var fields = new LinkedHashMap<String, String>();
    for (var line : lines.subList(1, end)) {
      assertTrue(line.matches("[a-z]+: (?:\"(?:[^\"\\\\]|\\\\[\\\\\"])*\"|\\[.*\\]|true)"), line);
      fields.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(' ') + 1));
    }
    assertEquals(TITLE, unquoted(fields.get("title")));
    assertEquals("Says: \"how\" long\\nand why.", unquoted(fields.get("description")));
    assertEquals("[\"tea\", \"a: b\", \"c \\\"d\\\"\"]", fields.get("keywords"));
    assertEquals("images/cover.png", unquoted(fields.get("image")));
    assertEquals("true", fields.get("ai"));
    assertTrue(
        text.contains("\n### Leaves & water\n")
            && text.contains("\n#### Not a heading of the page\n"),
        text);
    assertFalse(text.contains("<script>"), "HTML of a model is text");
  }

  @Test
  void exported_markdown_shows_the_page_and_nothing_else() {
    var file = whole();
    var text = string(exports.markdown(file));
    var tables = List.of(org.commonmark.ext.gfm.tables.TablesExtension.create());
    var reader = org.commonmark.parser.Parser.builder().extensions(tables).build();
    var trusting = org.commonmark.renderer.html.HtmlRenderer.builder().extensions(tables).build();
    var markdown = text.substring(text.indexOf("\n---\n", 4) + 5);
    var read = Jsoup.parse(trusting.render(reader.parse(markdown))).body();
    var page = Jsoup.parse(string(exports.html(file))).body().select("article").first();
    assertNotNull(page);
    assertEquals(List.of("tool.html"), read.select("a").eachAttr("href"));
    assertEquals(List.of("images/cover.png"), read.select("img").eachAttr("src"));
    assertTrue(read.select("script, [onclick], [onerror], b").isEmpty(), markdown);
    assertEquals(TITLE, read.select("h1").text());
    for (var words : List.of("h2:not(#toc)", "h3", "h4", ".article-block > p", "li:not(nav li)")) {
      for (var said : page.select(words).eachText()) {
        assertTrue(read.text().contains(said), said);
      }
    }
  }

  @Test
  void no_file_names_the_reviewing_user() throws IOException {
    var unnamed = file(true, true, true, MADE);
    var page = Jsoup.parse(string(exports.html(unnamed)));
    assertTrue(
        page.select(".article-byline").text().endsWith("made with AI, reviewed on March 1, 2026"));
    var json = Json.MAPPER.readTree(exports.json(unnamed));
    assertEquals("", json.path("reviewed_by").asText());
    assertEquals(MADE.toString(), json.path("reviewed").asText());
    assertTrue(json.path("structured_data").path("@graph").path(0).path("editor").isMissingNode());
    var named = file(true, true, true, MADE, new Publication(null, "Ada Example", ""));
    assertTrue(
        Jsoup.parse(string(exports.html(named)))
            .select(".article-byline")
            .text()
            .endsWith("reviewed by Ada Example"));
    assertEquals(
        "Ada Example", Json.MAPPER.readTree(exports.json(named)).path("reviewed_by").asText());
  }

  @Test
  void json_contains_texts_as_the_page_shows_them() throws IOException {
    var json = Json.MAPPER.readTree(exports.json(whole()));
    var markdown = json.path("section_1").path("s1-1").asText();
    assertTrue(markdown.startsWith("#### Not a heading of the page\n"), markdown);
    assertTrue(markdown.contains("\\<script\\>alert(1)\\</script\\> a link."), markdown);
    var html = json.path("section_1_html").path("s1-1").asText();
    assertTrue(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; a link."), html);
    assertEquals(
        "<p>No. Never, says <em>nobody</em>.</p>", json.path("faq_html").path("q1").asText());
  }

  /**
   * A double-quoted scalar of YAML in which only these two signs are escaped, which JSON reads
   * alike.
   */
  private static String unquoted(@Nullable String scalar) {
    return Json.read(org.jooq.JSONB.valueOf(String.valueOf(scalar)), String.class);
  }

  @Test
  void the_archive_is_complete_and_deterministic() throws IOException {
    var zip = exports.zip(whole());
    var entries = entries(zip);
    assertEquals(
        List.of(
            "index.html",
            "tool.html",
            "images/cover.png",
            "article.md",
            "article.json",
            "structured-data.json",
            "wordpress/post.html",
            "wordpress/import.xml",
            "run-report.json"),
        List.copyOf(entries.keySet()));
    assertArrayEquals(whole().picture(), entries.get("images/cover.png"));
    assertEquals(
        "images/cover.png",
        Jsoup.parse(string(entries.get("index.html"))).select("img").attr("src"));
    assertTrue(
        string(entries.get("run-report.json")).contains("there is no browser here"),
        "not run is never passed");
    for (var name : List.of("article.json", "structured-data.json", "run-report.json")) {
      assertTrue(Json.MAPPER.readTree(entries.get(name)).isObject(), name);
    }
    assertArrayEquals(zip, exports.zip(whole()));
  }

  @Test
  void json_field_names_are_stable() throws IOException {
    var json = Json.MAPPER.readTree(exports.json(whole()));
    assertEquals(TITLE, json.path("title").asText());
    assertEquals("A lead & more.", json.path("excerpt").asText());
    assertEquals("[\"Leaves & water\"]", json.path("section_1_headings").toString());
    assertEquals("[\"Milk first?\",\"Unanswered?\"]", json.path("faq_questions").toString());
    assertEquals(
        ToolDocument.of(TOOL, BRIEF, "en").html(), json.path("validated_tool_result").asText());
    assertTrue(json.path("complete_article").asText().startsWith("<!doctype html>"));
    assertTrue(json.path("made_with_ai").asBoolean());
  }

  private static Document xml(byte[] bytes) throws Exception {
    var factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    return factory.newDocumentBuilder().parse(new InputSource(new StringReader(string(bytes))));
  }

  private static String element(Document xml, String name) {
    return xml.getElementsByTagName(name).item(0).getTextContent();
  }

  @Test
  void the_wordpress_file_is_xml_with_one_draft() throws Exception {
    var xml = xml(exports.wordpress(whole()));
    assertEquals("1.2", element(xml, "wp:wxr_version"));
    var title = xml.getElementsByTagName("title").item(1).getTextContent();
    assertFalse(title.contains("<b>"), "WordPress reads it as HTML");
    assertEquals(TITLE, Jsoup.parse(title).text());
    assertEquals("draft", element(xml, "wp:status"));
    assertEquals("2026-03-01 08:30:00", element(xml, "wp:post_date_gmt"));
    assertEquals("A lead &amp; more.", element(xml, "excerpt:encoded"));
    var post = element(xml, "content:encoded");
    assertTrue(post.contains("Scale ]]&gt; in the spout."), post);
    long opened =
        Pattern.compile("<!-- wp:[a-z-]+ (?:\\{[^}]*} )?-->").matcher(post).results().count();
    long closed = Pattern.compile("<!-- /wp:[a-z-]+ -->").matcher(post).results().count();
    assertEquals(opened, closed);
    assertTrue(opened > 5, post);
    assertEquals(1, post.split("<!-- wp:html -->", -1).length - 1, "only the tool is HTML");
    var around = Jsoup.parse(Jsoup.parse(post).select("iframe").attr("srcdoc"));
    assertTrue(
        around.select("meta").outerHtml().contains("frame-src 'none'"), "it cannot navigate");
    assertTrue(
        around.select("iframe").attr("srcdoc").contains("a[0] < 2 && a[1] > 1"),
        "the tool is whole again for a browser");
    var raw = post.substring(post.indexOf("srcdoc=\"") + 8, post.indexOf("\"></iframe>"));
    assertFalse(
        raw.matches("(?s).*[<>\"\\[\\]\\n].*"),
        "and nothing in it is for WordPress to meddle with");
  }

  @Test
  void an_article_with_gaps_can_be_exported_in_every_format() throws Exception {
    for (var bare :
        List.of(
            file(false, false, false, null),
            file(false, true, true, null),
            file(true, false, false, null))) {
      var page = Jsoup.parse(string(exports.html(bare)));
      assertEquals(1, page.select("h1").size());
      page.select("nav a")
          .forEach(
              a -> assertNotNull(page.getElementById(a.attr("href").substring(1)), a::toString));
      assertEquals(bare.parts().tool() != null, page.select("iframe").size() == 1);
      assertFalse(string(exports.markdown(bare)).contains("null"));
      assertNotNull(xml(exports.wordpress(bare)));
      var entries = entries(exports.zip(bare));
      assertEquals(bare.parts().tool() != null, entries.containsKey("tool.html"));
      assertEquals(bare.picture() != null, entries.containsKey("images/cover.png"));
      assertTrue(Json.MAPPER.readTree(exports.json(bare)).isObject());
    }
    assertNull(file(false, false, false, null).picture());
  }

  @Test
  void a_page_in_arabic_reads_from_right_to_left() {
    var parts = whole().parts();
    var arabic =
        new ArticleParts(
            "ar",
            parts.plan(),
            null,
            Text.NONE,
            parts.section1(),
            Text.NONE,
            Text.NONE,
            false,
            "",
            MADE,
            MADE,
            null,
            Publication.NONE);
    var file = new ArticleFile("tea", arabic, null, whole().quality(), List.of());
    assertEquals("rtl", Jsoup.parse(string(exports.html(file))).select("html").attr("dir"));
  }
}
