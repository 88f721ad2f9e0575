package dev.keywheel.article.export;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.db.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.ZipInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jsoup.Jsoup;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** Each export format of an article, parsed by a parser of that format. */
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
            texts ? text("s2-1", "Scale ]]> in the [gallery] spout.") : none,
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
    return new Text(new Texts(Map.of(id, markdown)), Set.of());
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
    assertThat(page.title()).isEqualTo(TITLE);
    assertThat(page.selectXpath("//meta[@property='og:title']").attr("content")).isEqualTo(TITLE);
    assertThat(page.select("meta[name=robots]").attr("content"))
        .as("no user has reviewed it")
        .isEqualTo("noindex");
    assertThat(meta(page, "og:image"))
        .as("in the folder of the page")
        .isEqualTo("images/cover.png");
    assertThat(
            page.select("link[rel=canonical], meta[property=og:url], [src^=http], [href^=http]")
                .isEmpty())
        .as("its address is not known here")
        .isTrue();
    assertThat(html.contains("<!-- This page was exported without a public address."))
        .as("and this is reported")
        .isTrue();
    assertThat(page.select("img").attr("src").startsWith("data:image/png;base64,")).isTrue();
    assertThat(page.select("iframe").attr("srcdoc").contains("Content-Security-Policy")).isTrue();
    assertThat(page.select("meta[http-equiv]").attr("content"))
        .as("robots.txt can be read; otherwise Lighthouse reports it as missing")
        .contains("connect-src 'self';");
    var links = page.select("nav a");
    assertThat(links.size()).as(links::toString).isEqualTo(8);
    assertLinksResolve(page);
    assertThat(
            Jsoup.parse(string(exports.html(file(true, true, true, MADE))))
                .select("meta[name=robots]")
                .attr("content"))
        .isEqualTo("index, follow");
  }

  private static void assertLinksResolve(org.jsoup.nodes.Document page) {
    assertThat(page.select("nav a"))
        .isNotEmpty()
        .allSatisfy(a -> assertThat(page.getElementById(a.attr("href").substring(1))).isNotNull());
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
      assertThat(page.select("link[rel=canonical]").attr("href")).isEqualTo(address);
      assertThat(meta(page, "og:url")).isEqualTo(address);
      assertThat(meta(page, "og:image")).isEqualTo("https://example.org/blog/images/cover.png");
      assertThat(meta(page, "og:image:width")).isEqualTo("1200");
      assertThat(meta(page, "og:image:alt")).isEqualTo("A [pot] of \"tea\"");
      assertThat(page.select(".article-author").text()).isEqualTo("Ada <Lovelace>");
      assertThat(html.contains("was not known")).isFalse();
      var data = Json.MAPPER.readTree(page.select("script[type=application/ld+json]").html());
      var article = data.path("@graph").path(0);
      assertThat(article.path("mainEntityOfPage").asText()).isEqualTo(address);
      assertThat(article.path("image").path("url").asText()).isEqualTo(meta(page, "og:image"));
      assertThat(article.path("author").path("name").asText()).isEqualTo("Ada <Lovelace>");
      assertThat(article.path("publisher").path("name").asText()).isEqualTo("Kettle & Sons");
      assertThat(data.path("@graph").path(1).path("itemListElement").path(0).path("item").asText())
          .isEqualTo(address);
    }
    var markdown = string(exports.markdown(file));
    assertThat(markdown.contains("\ncanonical: \"" + address + "\"\n")).as(markdown).isTrue();
    assertThat(markdown.contains("\nauthor: \"Ada <Lovelace>\"\n")).as(markdown).isTrue();
    assertThat(Json.MAPPER.readTree(exports.json(file)).path("url").asText()).isEqualTo(address);
  }

  @Test
  void front_matter_preserves_its_values() {
    var text = string(exports.markdown(whole()));
    var lines = text.lines().toList();
    assertThat(lines.getFirst()).isEqualTo("---");
    int end = lines.subList(1, lines.size()).indexOf("---") + 1;
    var fields = new LinkedHashMap<String, String>();
    for (var line : lines.subList(1, end)) {
      assertThat(line.matches("[a-z]+: (?:\"(?:[^\"\\\\]|\\\\[\\\\\"])*\"|\\[.*\\]|true)"))
          .as(line)
          .isTrue();
      fields.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(' ') + 1));
    }
    assertThat(unquoted(fields.get("title"))).isEqualTo(TITLE);
    assertThat(unquoted(fields.get("description"))).isEqualTo("Says: \"how\" long\\nand why.");
    assertThat(fields.get("keywords")).isEqualTo("[\"tea\", \"a: b\", \"c \\\"d\\\"\"]");
    assertThat(unquoted(fields.get("image"))).isEqualTo("images/cover.png");
    assertThat(fields.get("ai")).isEqualTo("true");
    assertThat(
            text.contains("\n### Leaves & water\n")
                && text.contains("\n#### Not a heading of the page\n"))
        .as(text)
        .isTrue();
    assertThat(text.contains("<script>")).as("HTML written by a model is text").isFalse();
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
    assertThat(page).isNotNull();
    assertThat(read.select("a").eachAttr("href")).isEqualTo(List.of("tool.html"));
    assertThat(read.select("img").eachAttr("src")).isEqualTo(List.of("images/cover.png"));
    assertThat(read.select("script, [onclick], [onerror], b").isEmpty()).as(markdown).isTrue();
    assertThat(read.select("h1").text()).isEqualTo(TITLE);
    for (var words : List.of("h2:not(#toc)", "h3", "h4", ".article-block > p", "li:not(nav li)")) {
      assertThat(page.select(words).eachText())
          .as(words)
          .isNotEmpty()
          .allSatisfy(shown -> assertThat(read.text()).contains(shown));
    }
  }

  @Test
  void no_file_names_the_reviewing_user() throws IOException {
    var unnamed = file(true, true, true, MADE);
    var page = Jsoup.parse(string(exports.html(unnamed)));
    assertThat(
            page.select(".article-byline")
                .text()
                .endsWith("made with AI, reviewed on March 1, 2026"))
        .isTrue();
    var json = Json.MAPPER.readTree(exports.json(unnamed));
    assertThat(json.path("reviewed_by").asText()).isEmpty();
    assertThat(json.path("reviewed").asText()).isEqualTo(MADE.toString());
    assertThat(json.path("structured_data").path("@graph").path(0).path("editor").isMissingNode())
        .isTrue();
    var named = file(true, true, true, MADE, new Publication(null, "Ada Example", ""));
    assertThat(
            Jsoup.parse(string(exports.html(named)))
                .select(".article-byline")
                .text()
                .endsWith("reviewed by Ada Example"))
        .isTrue();
    assertThat(Json.MAPPER.readTree(exports.json(named)).path("reviewed_by").asText())
        .isEqualTo("Ada Example");
  }

  @Test
  void json_contains_the_texts_as_shown_on_the_page() throws IOException {
    var json = Json.MAPPER.readTree(exports.json(whole()));
    var markdown = json.path("section_1").path("s1-1").asText();
    assertThat(markdown.startsWith("#### Not a heading of the page\n")).as(markdown).isTrue();
    assertThat(markdown.contains("\\<script\\>alert(1)\\</script\\> a link."))
        .as(markdown)
        .isTrue();
    var html = json.path("section_1_html").path("s1-1").asText();
    assertThat(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; a link.")).as(html).isTrue();
    assertThat(json.path("faq_html").path("q1").asText())
        .isEqualTo("<p>No. Never, says <em>nobody</em>.</p>");
  }

  /**
   * Reads a double-quoted YAML scalar in which only quotes and backslashes are escaped, as in JSON.
   */
  private static String unquoted(@Nullable String scalar) {
    return Json.read(org.jooq.JSONB.valueOf(String.valueOf(scalar)), String.class);
  }

  @Test
  void the_archive_is_complete_and_deterministic() throws IOException {
    var zip = exports.zip(whole());
    var entries = entries(zip);
    assertThat(List.copyOf(entries.keySet()))
        .isEqualTo(
            List.of(
                "index.html",
                "tool.html",
                "images/cover.png",
                "article.md",
                "article.json",
                "structured-data.json",
                "wordpress/post.html",
                "wordpress/import.xml",
                "run-report.json"));
    assertThat(entries.get("images/cover.png")).isEqualTo(whole().picture());
    assertThat(Jsoup.parse(string(entries.get("index.html"))).select("img").attr("src"))
        .isEqualTo("images/cover.png");
    assertThat(string(entries.get("run-report.json")).contains("there is no browser here"))
        .as("\"not run\" never counts as passed")
        .isTrue();
    for (var name : List.of("article.json", "structured-data.json", "run-report.json")) {
      assertThat(Json.MAPPER.readTree(entries.get(name)).isObject()).as(name).isTrue();
    }
    assertThat(exports.zip(whole())).isEqualTo(zip);
  }

  @Test
  void json_field_names_are_stable() throws IOException {
    var json = Json.MAPPER.readTree(exports.json(whole()));
    assertThat(json.path("title").asText()).isEqualTo(TITLE);
    assertThat(json.path("excerpt").asText()).isEqualTo("A lead & more.");
    assertThat(json.path("section_1_headings").toString()).isEqualTo("[\"Leaves & water\"]");
    assertThat(json.path("faq_questions").toString())
        .isEqualTo("[\"Milk first?\",\"Unanswered?\"]");
    assertThat(json.path("validated_tool_result").asText())
        .isEqualTo(ToolDocument.of(TOOL, BRIEF, "en").html());
    assertThat(json.path("complete_article").asText().startsWith("<!doctype html>")).isTrue();
    assertThat(json.path("made_with_ai").asBoolean()).isTrue();
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
    assertThat(element(xml, "wp:wxr_version")).isEqualTo("1.2");
    var title = xml.getElementsByTagName("title").item(1).getTextContent();
    assertThat(title.contains("<b>")).as("WordPress reads it as HTML").isFalse();
    assertThat(Jsoup.parse(title).text()).isEqualTo(TITLE);
    assertThat(element(xml, "wp:status")).isEqualTo("draft");
    assertThat(element(xml, "wp:post_date_gmt")).isEqualTo("2026-03-01 08:30:00");
    assertThat(element(xml, "excerpt:encoded")).isEqualTo("A lead &amp; more.");
    var post = element(xml, "content:encoded");
    assertThat(post).as("no shortcode").doesNotContain("[", "]");
    var picture = Jsoup.parse(post).select("figure.wp-block-image > img");
    assertThat(picture.attr("alt")).isEqualTo(whole().parts().pictureAlt()).isNotEmpty();
    assertThat(Base64.getDecoder().decode(picture.attr("src").split(",", 2)[1]))
        .isEqualTo(whole().picture());
    assertThat(Jsoup.parse(post).text()).contains("Scale ]]> in the [gallery] spout.");
    long opened =
        Pattern.compile("<!-- wp:[a-z-]+ (?:\\{[^}]*} )?-->").matcher(post).results().count();
    long closed = Pattern.compile("<!-- /wp:[a-z-]+ -->").matcher(post).results().count();
    assertThat(closed).isEqualTo(opened);
    assertThat(opened > 5).as(post).isTrue();
    assertThat(post.split("<!-- wp:html -->", -1).length - 1)
        .as("only the tool is HTML")
        .isEqualTo(1);
    var around = Jsoup.parse(Jsoup.parse(post).select("iframe").attr("srcdoc"));
    assertThat(around.select("meta").outerHtml().contains("frame-src 'none'"))
        .as("it cannot navigate")
        .isTrue();
    assertThat(around.select("iframe").attr("srcdoc").contains("a[0] < 2 && a[1] > 1"))
        .as("browsers can parse the tool again")
        .isTrue();
    var raw = post.substring(post.indexOf("srcdoc=\"") + 8, post.indexOf("\"></iframe>"));
    assertThat(raw.matches("(?s).*[<>\"\\[\\]\\n].*"))
        .as("and WordPress changes nothing in it")
        .isFalse();
  }

  @Test
  void an_article_with_gaps_can_be_exported_in_every_format() throws Exception {
    for (var bare :
        List.of(
            file(false, false, false, null),
            file(false, true, true, null),
            file(true, false, false, null))) {
      var page = Jsoup.parse(string(exports.html(bare)));
      assertThat(page.select("h1").size()).isEqualTo(1);
      assertLinksResolve(page);
      assertThat(page.select("iframe").size() == 1).isEqualTo(bare.parts().tool() != null);
      assertThat(string(exports.markdown(bare)).contains("null")).isFalse();
      assertThat(xml(exports.wordpress(bare))).isNotNull();
      var entries = entries(exports.zip(bare));
      assertThat(entries.containsKey("tool.html")).isEqualTo(bare.parts().tool() != null);
      assertThat(entries.containsKey("images/cover.png")).isEqualTo(bare.picture() != null);
      assertThat(Json.MAPPER.readTree(exports.json(bare)).isObject()).isTrue();
    }
    assertThat(file(false, false, false, null).picture()).isNull();
  }

  @Test
  void a_page_in_arabic_runs_from_right_to_left() {
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
    assertThat(Jsoup.parse(string(exports.html(file))).select("html").attr("dir")).isEqualTo("rtl");
  }
}
