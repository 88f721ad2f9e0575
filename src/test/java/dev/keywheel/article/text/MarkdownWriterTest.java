package dev.keywheel.article.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;

/** Written Markdown, parsed again by a parser that allows all syntax. */
class MarkdownWriterTest {
  private static final Parser READER =
      Parser.builder().extensions(List.of(TablesExtension.create())).build();
  private static final HtmlRenderer TRUSTING =
      HtmlRenderer.builder().extensions(List.of(TablesExtension.create())).build();
  private static final List<String> HOSTILE =
      List.of(
          "<script>alert(1)</script>",
          "a <img src=x onerror=alert(1)> b",
          "<div\n\nonclick=alert(1)>x</div>\n\n  <iframe src=//x.example>",
          "[text](javascript:alert(1)) and [more](https://x.example \"title\")",
          "![shot](https://x.example/p.png) ![](data:image/svg+xml;base64,AA)",
          "<https://x.example> and <mailto:a@b.example>",
          "[ref] and [other][ref]\n\n[ref]: https://x.example 'title'",
          "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62; &amp;lt;",
          "\\<b\\> \\[a](https://x.example) `<b>` ``a`b``",
          "- one\n- two\n\n      indented in a list\n\n    code\n\n<!-- a comment\n\nof two parts -->",
          "```html\n<script>alert(1)</script>\n```",
          "~~~\n```\n~~~",
          "| a | b |\n|---|---|\n| <b>x</b> | [l](https://x.example) \\| c |",
          "_a_[b](https://x.example)_c_ **d**[e](https://x.example)**f**",
          "# Title\n\nSetext\n===\n\n> quote\n> [x](https://x.example)\n\n1) a\n2) b",
          "text\n<b>bold</b>\n- <i>x</i>\n+ y\n* z",
          "1\\. no list\n\n\\# no heading\n\n\\- no item\n\n\\> no quote\n\na  \nb\\\nc",
          "<![CDATA[ x ]]> <?php echo 1 ?> <!DOCTYPE html>",
          "Read https://x.example or www.x.example or write to a@b.example",
          "[![shot](https://x.example/p.png)](https://x.example)",
          ">".repeat(3_000) + " deep");

  private static Element read(String markdown) {
    return Jsoup.parseBodyFragment(TRUSTING.render(READER.parse(markdown))).body();
  }

  private static Element page(String markdown, MarkdownToHtml.Links links) {
    return Jsoup.parseBodyFragment(MarkdownToHtml.html(markdown, links)).body();
  }

  private static void assertShowsThePage(String markdown, MarkdownToHtml.Links links) {
    var written = new MarkdownWriter().block(markdown, links).text();
    var read = read(written);
    var page = page(markdown, links);
    assertThat(read.text()).as(() -> markdown + "\n---\n" + written).isEqualTo(page.text());
    assertThat(read.select("script, img, iframe, style, [onclick], [onerror]").isEmpty())
        .as(written)
        .isTrue();
    assertThat(read.select("a").eachAttr("href"))
        .as(() -> written)
        .isEqualTo(page.select("a").eachAttr("href"));
  }

  @Test
  void exported_markdown_renders_as_the_page_does() {
    for (var markdown : HOSTILE) {
      assertShowsThePage(markdown, MarkdownToHtml.Links.DROPPED);
    }
    var form =
        new MarkdownWriter()
            .block("- **one**\n- *two*\n\n| a |\n|---|\n| b |", MarkdownToHtml.Links.DROPPED);
    assertThat(read(form.text()).select("ul, li, strong, em, table"))
        .extracting(Element::normalName)
        .containsExactly("ul", "li", "strong", "li", "em", "table");
  }

  @Test
  void safe_links_of_users_are_kept() {
    for (var markdown : HOSTILE) {
      assertShowsThePage(markdown, MarkdownToHtml.Links.KEPT);
    }
    var written =
        new MarkdownWriter()
            .block(
                "[a](https://a.example/x_y?q=1&r=(2)) [b](javascript:alert(1)) [c](mailto:c@c.example)",
                MarkdownToHtml.Links.KEPT)
            .text();
    assertThat(read(written).select("a").eachAttr("href"))
        .isEqualTo(List.of("https://a.example/x_y?q=1&r=(2)", "mailto:c@c.example"));
  }

  @Test
  void no_combination_of_markdown_renders_more_than_the_page() {
    var pieces =
        ("* ** _ __ ` ``` ~~~ # - + > 1. 1) | --- \\ < > & &lt; [ ] ( ) ! : // <b> </b> <script> <!-- --> <a href=x> word é 字 \n \n\n "
                + "[a](https://x.example) ![i](x.png) https://x.example www.x.example a@b.example")
            .split(" ");
    var random = new Random(20_261_125);
    for (int i = 0; i < 4_000; i++) {
      var soup = new StringBuilder();
      for (int n = random.nextInt(14); n >= 0; n--) {
        soup.append(pieces[random.nextInt(pieces.length)])
            .append(random.nextBoolean() ? " " : "")
            .append(random.nextInt(6) == 0 ? "\n" : "");
      }
      assertShowsThePage(soup.toString(), MarkdownToHtml.Links.DROPPED);
    }
  }

  @Test
  void plain_text_never_becomes_markup() {
    var pieces =
        "* ** _ ` # ## - + > 1. 1) | \\ < > & &lt; [ ] ( ) ! : <b> <script>x</script> word é = === --- [a](https://x.example)"
            .split(" ");
    var random = new Random(7);
    for (int i = 0; i < 3_000; i++) {
      var soup = new StringBuilder();
      for (int n = random.nextInt(8); n >= 0; n--) {
        soup.append(pieces[random.nextInt(pieces.length)]).append(random.nextBoolean() ? " " : "");
      }
      var text = TextCleaner.line(soup.toString());
      var written =
          new MarkdownWriter()
              .heading(2, text)
              .paragraph(text)
              .picture("p.png", text)
              .link("t.html", text)
              .text();
      var read = read(written);
      assertThat(read.select("h2").text()).as(written).isEqualTo(text);
      assertThat(read.select("h2 + p").text()).as(written).isEqualTo(text);
      assertThat(read.select("img").attr("alt")).as(written).isEqualTo(text);
      assertThat(read.select("a").eachAttr("href")).as(written).isEqualTo(List.of("t.html"));
      assertThat(read.select("a").text()).as(written).isEqualTo(text);
      assertThat(read.childrenSize()).as(written).isEqualTo(4);
    }
  }

  @Test
  void urls_of_models_are_not_linked_automatically() {
    var written =
        new MarkdownWriter()
            .block(
                "https://x.example, www.x.example, a@b.example `https://y.example`",
                MarkdownToHtml.Links.DROPPED)
            .text();
    assertThat(written)
        .isEqualTo("https\\://x.example, www\\.x.example, a\\@b.example `https://y.example`\n");
  }
}
