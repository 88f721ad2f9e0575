package dev.keywheel.article.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.text.MarkdownToHtml.Links;
import java.util.List;
import java.util.Random;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTML in replies: converted where it is markup, kept where the text mentions it. */
@Tag("full")
class HtmlToMarkdownTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "<p>One.</p><p>Two.</p>|One.\\n\\nTwo.",
        "<p>One.</p>\\n"
            + "\\n"
            + "<p>Two.</p>\\n"
            + "\\n"
            + "<ul><li>a</li><li>b</li></ul>\\n"
            + "\\n"
            + "An <strong>end</strong>.|One.\\n"
            + "\\n"
            + "Two.\\n"
            + "\\n"
            + "- a\\n"
            + "- b\\n"
            + "\\n"
            + "An **end**.",
        "<ol start=\"3\">\\n"
            + "  <li>a <em>b</em></li>\\n"
            + "  <li>c\\n"
            + "    <ul><li>d</li></ul>\\n"
            + "  </li>\\n"
            + "</ol>|3. a *b*\\n"
            + "4. c\\n"
            + "   - d",
        "<h2>Head</h2>\\n"
            + "Text <b>bold</b>and <i>slanted</i>.|#### Head\\n"
            + "\\n"
            + "Text **bold**and *slanted*.",
        "one<br>two<br/><br>three<br>|one\\\\\\ntwo\\n\\nthree",
        "<div class=\"x\"><p>See <a href=\"https://x.example\">the list</a>.</p></div>|See the"
            + " list.",
        "Before.<script>alert(1)</script> <style>p{}</style>After.<iframe src=x></iframe>|Before."
            + " After.",
        "<p>10<sup>2</sup> H<sub>2</sub>O &amp; <code>a &lt; b</code></p>|10² H₂O &amp; `a < b`",
        "<blockquote><p>a</p><p>b</p></blockquote>|> a\\n> \\n> b",
        "<pre><code>x = 1\\n  y</code></pre>|```\\nx = 1\\n  y\\n```",
        "<B>Wine</B> and <i>beer</I>|**Wine** and *beer*",
        "- <b>Wine</b>: dry\\n- <b>Beer</b>: cold|- **Wine**: dry\\n- **Beer**: cold",
        "A note <img src=x onerror=alert(1)> and <!-- hidden --> an end.|A note  and  an end.",
      })
  void html_becomes_equivalent_markdown(String html, String markdown) {
    assertThat(HtmlToMarkdown.markdown(unescaped(html))).isEqualTo(unescaped(markdown));
    assertThat(RawHtmlTags.first(HtmlToMarkdown.markdown(unescaped(html))).orElse("")).isEmpty();
  }

  private static String unescaped(String text) {
    return text.replace("\\n", "\n").replace("\\\\", "\\");
  }

  @Test
  void a_table_becomes_a_markdown_table() {
    assertThat(
            HtmlToMarkdown.markdown(
                "<table><thead><tr><th>City</th><th>Fee</th></tr></thead>\n<tbody><tr><td>Berlin |"
                    + " Mitte</td><td>4.50</td></tr><tr><td>Paris</td></tr></tbody></table>"))
        .isEqualTo("| City | Fee |\n| --- | --- |\n| Berlin \\| Mitte | 4.50 |\n| Paris |  |");
    assertThat(HtmlToMarkdown.markdown("| a | b |\n|---|---|\n| <b>x</b><br>y | z |"))
        .isEqualTo("| a | b |\n|---|---|\n| **x** y | z |");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "The `<p>` tag and ``<b>x</b>``.",
        "```html\n<ul><li>one</li></ul>\n```",
        "Put the word between <b> and </b> to make it bold.",
        "Use the <br> tag, the <p> element or a <script>.",
        "a < b > c and x<y and <tax> and <your name>",
        "Write to <https://x.example>.",
        "**bold** _and_ 2 * 3 * 4",
        "Tags (<b>, `<blockquote>quoted</blockquote>` and more).",
      })
  void mentions_of_html_are_kept_as_text(String text) {
    assertThat(HtmlToMarkdown.markdown(text)).isEqualTo(text);
    assertThat(RawHtmlTags.first(text).isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"One.</p> Two.", "<p>One", "a <img src=x onerror=y> b", "x\n<div>\ny"})
  void tags_that_would_be_visible_are_found(String text) {
    assertThat(RawHtmlTags.first(text).isPresent()).isTrue();
  }

  /** A search that began again at each space took some seconds for each of these texts. */
  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void long_runs_of_spaces_and_backticks_are_read_in_bounded_time() {
    var spaces = " ".repeat(55_000);
    for (int i = 0; i < 4; i++) {
      assertThat(HtmlToMarkdown.markdown("<p>a</p>" + spaces + "b<br>c" + i)).endsWith("c" + i);
      assertThat(HtmlToMarkdown.markdown("<div>a" + spaces + "b<br>c</div>" + i)).endsWith("" + i);
      assertThat(MarkdownToHtml.plain("```\na" + spaces + "b\n```\n" + i)).endsWith("" + i);
      assertThat(Sentences.finished("`".repeat(55_000) + i)).isFalse();
    }
  }

  @Test
  void malformed_tags_are_read_in_bounded_time_and_never_become_markup() {
    var pieces =
        List.of(
            "<p>",
            "</p>",
            "<ul>",
            "<li>",
            "</li>",
            "<b>",
            "</b>",
            "<table>",
            "<tr>",
            "<td>",
            "word",
            "`",
            "\n",
            "\n\n",
            "|",
            "<br>",
            "<pre>",
            "<script>",
            "</script>",
            "- ",
            "&lt;",
            "<img src=x>",
            "<!--",
            "<b x=\"",
            "` word ");
    var random = new Random(4);
    for (int i = 0; i < 3_000; i++) {
      var soup = new StringBuilder();
      for (int n = random.nextInt(20); n >= 0; n--) {
        soup.append(pieces.get(random.nextInt(pieces.size())));
      }
      var html = MarkdownToHtml.html(HtmlToMarkdown.markdown(soup.toString()), Links.DROPPED);
      assertThat(Jsoup.parse(html).select("script, img, div").isEmpty())
          .as(soup::toString)
          .isTrue();
    }
    for (var piece : pieces) {
      HtmlToMarkdown.markdown(piece.repeat(50_000 / piece.length()));
    }
    HtmlToMarkdown.markdown("<b>".repeat(9_000) + "</i>".repeat(7_000));
  }
}
