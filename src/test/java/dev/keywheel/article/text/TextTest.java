package dev.keywheel.article.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.text.MarkdownToHtml.Links;
import dev.keywheel.article.text.TextSimilarity.Shingles;
import java.util.List;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTest {
  @Test
  void markdown_becomes_plain_elements_with_headings_below_those_of_the_page() {
    assertThat(MarkdownToHtml.html("# Note\n\nA **b** _c_ `d`", Links.DROPPED))
        .isEqualTo("<h4>Note</h4>\n<p>A <strong>b</strong> <em>c</em> <code>d</code></p>");
    assertThat(
            MarkdownToHtml.html("|a|b|\n|-|-|\n|1|2|", Links.DROPPED)
                .contains("<th scope=\"col\">a</th>"))
        .isTrue();
  }

  @Test
  void links_of_models_become_text_and_links_of_users_are_kept() {
    assertThat(
            MarkdownToHtml.html(
                "see [this](https://a.example) ![x](http://b.example/p.png)", Links.DROPPED))
        .isEqualTo("<p>see this x</p>");
    assertThat(MarkdownToHtml.html("see [this](https://a.example)", Links.KEPT))
        .isEqualTo("<p>see <a href=\"https://a.example\" rel=\"nofollow noopener\">this</a></p>");
    assertThat(MarkdownToHtml.html("[x](javascript:alert(1))", Links.KEPT).contains("href"))
        .isFalse();
  }

  @Test
  void a_backslash_and_an_n_stay_two_characters_in_plain_text() {
    assertThat(MarkdownToHtml.plain("Open `C:\\new\\notes`.\n\nThen `a\\nb`."))
        .isEqualTo("Open C:\\new\\notes.\nThen a\\nb.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a\n\n<div style=\"x\" onclick=\"y\">b</div>",
        "[a](data:text/html,<script>)",
        "<svg/onload=alert(1)>",
        "&lt;script&gt;",
        "`</code><script>`",
        "```\n</pre><script>\n```",
        "<a href=\"javascript&colon;x\">",
        "![\"onerror=\"x](y)",
        "<!-- x --> <?php ?> <![CDATA[ x ]]>"
      })
  void no_html_in_a_text_takes_effect(String hostile) {
    for (var links : Links.values()) {
      var page = Jsoup.parseBodyFragment(MarkdownToHtml.html(hostile, links));
      assertThat(
              page.select(
                      "script, img, svg, div, iframe, style, [onclick], [onerror], [onload], [style],"
                          + " [class], [id]")
                  .isEmpty())
          .as(page.body().html())
          .isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"<script>alert(1)</script>", "<div class=\"x\">", "<p>", "<!-- x -->", "</table>"})
  void a_line_that_begins_with_a_tag_keeps_its_markdown(String tag) {
    assertThat(MarkdownToHtml.html(tag + " **b** [ok](https://good.example/a)", Links.KEPT))
        .isEqualTo(
            "<p>"
                + MarkdownToHtml.escaped(tag).replace("&quot;", "\"")
                + " <strong>b</strong> <a href=\"https://good.example/a\" rel=\"nofollow"
                + " noopener\">ok</a></p>");
    assertThat(MarkdownToHtml.plain(tag + " **b** [ok](https://good.example/a)"))
        .isEqualTo(tag + " b ok");
  }

  @Test
  void invisible_and_direction_changing_characters_are_removed() {
    assertThat(TextCleaner.line("a\u202Eb\u200Bc\u0000 \u2066\uFEFF def")).isEqualTo("abc def");
    assertThat(TextCleaner.line("👩‍🌾"))
        .as("a joiner that combines two pictures stays")
        .isEqualTo("👩‍🌾");
  }

  @ParameterizedTest
  @ValueSource(strings = {">", "*", "[", "- ", "_", "![", "<", "`", "1. "})
  void the_html_of_a_text_of_punctuation_only_is_bounded(String sign) {
    assertThat(MarkdownToHtml.html(sign.repeat(200_000), Links.DROPPED).length() < 3_000_000)
        .isTrue();
  }

  @Test
  void a_text_is_truncated_after_its_last_complete_sentence() {
    assertThat(Sentences.finished("One. Two!")).isTrue();
    assertThat(Sentences.finished("- a\n- list item")).isTrue();
    assertThat(Sentences.finished("(He said \"yes.\")")).isTrue();
    for (var end :
        List.of(
            "it! 🍕",
            "it!🍕",
            "it. ☀️",
            "it. 👩‍🌾",
            "it. 🇫🇷🎉",
            "(it.) 👍🏽",
            "it.[^1]",
            "it.¹",
            "it. (Really!) [2]")) {
      assertThat(Sentences.finished("Enjoy " + end)).as(end).isTrue();
    }
    assertThat(Sentences.finished("One. 🍕 And then the")).isFalse();
    assertThat(Sentences.finished("One. And then the")).isFalse();
    assertThat(Sentences.whole("One. And then the")).isEqualTo("One.");
    assertThat(Sentences.whole("一。二")).isEqualTo("一。");
  }

  @Test
  void words_are_counted_in_every_script() {
    assertThat(Tokenizer.count("It's a dog-")).isEqualTo(3);
    assertThat(Tokenizer.count("你好世界")).isEqualTo(4);
    assertThat(Tokenizer.similarity("How does bread rise?", "How bread rises") > 0.3).isTrue();
    assertThat(Tokenizer.similarity("The flour", "flour")).isEqualTo(1.0);
  }

  @Test
  void overlaps_of_five_words_and_repetitions_of_eight_are_found() {
    var text =
        "the quick brown fox jumps over the lazy dog while seven other animals watch from behind a"
            + " very old wooden fence";
    assertThat(containment(text, "Prologue. " + text + " Epilogue.")).isEqualTo(1.0);
    assertThat(containment(text, "nothing of the kind is said here")).isEqualTo(0.0);
    assertThat(TextSimilarity.repeated((text + " ").repeat(3)).isPresent()).isTrue();
    assertThat(TextSimilarity.repeated(text).isEmpty()).isTrue();
  }

  @Test
  void a_wrong_language_is_reported_only_in_clear_cases() {
    var german =
        "Der Teig ist nicht mit dem Mehl zu verwechseln, und die Hefe ist es auch nicht, wenn man"
            + " sie für eine Weile zu dem Wasser gibt.";
    var english =
        "The dough is not to be confused with the flour, and you should be careful that the yeast"
            + " is not in it for too long.";
    assertThat(Language.wrong(german, "en")).isTrue();
    assertThat(Language.wrong(german, "de-AT")).isFalse();
    assertThat(Language.wrong(english, "en")).isFalse();
    assertThat(Language.wrong(english, "ja")).isTrue();
    assertThat(
            Language.wrong(
                "Тесто не следует путать с мукой, и дрожжи тоже не следует держать в воде слишком"
                    + " долго, иначе всё пропало",
                "en"))
        .isTrue();
    assertThat(Language.wrong("Levain, pain, four", "en")).as("too short to tell").isFalse();
    assertThat(Language.wrong(english, "sw")).as("an unknown language").isFalse();
    assertThat(Language.wrong(english, "hi")).isTrue();
    assertThat(Language.wrong(english, "hi-Latn")).as("Hindi in the Latin script").isFalse();
  }

  @Test
  void a_truncated_line_ends_with_a_whole_word_and_a_whole_character() {
    assertThat(TextCleaner.cut("How bread rises", 11)).isEqualTo("How bread");
    assertThat(TextCleaner.cut("ab🍞", 3)).isEqualTo("ab");
  }

  @Test
  void placeholders_are_distinguished_from_everyday_words() {
    assertThat(Placeholders.first("Then TODO write more.").orElseThrow()).isEqualTo("TODO");
    assertThat(Placeholders.first("In [Insert year] it was.").orElseThrow())
        .isEqualTo("[Insert year]");
    assertThat(Placeholders.first("As an AI I cannot.").orElseThrow()).isEqualTo("As an AI");
    assertThat(Placeholders.first("Dear {{name}},").orElseThrow()).isEqualTo("{{name}}");
    assertThat(Placeholders.first("Sobre todo, el pan. Todo está listo.").isEmpty()).isTrue();
    assertThat(Placeholders.first("See [the list](#list) of your tools.").isEmpty()).isTrue();
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void a_placeholder_has_a_limited_length() {
    assertThat(Placeholders.first("{".repeat(200_000))).isEmpty();
    assertThat(Placeholders.first("[insert".repeat(60_000))).isEmpty();
    for (var longest : List.of("{{" + "x".repeat(200) + "}}", "[insert" + " ".repeat(200) + "]")) {
      assertThat(Placeholders.first(longest)).hasValue(longest);
    }
    assertThat(Placeholders.first("{{" + "x".repeat(201) + "}}")).isEmpty();
    assertThat(Placeholders.first("[insert" + " ".repeat(201) + "]")).isEmpty();
  }

  @Test
  void a_repeated_term_without_spaces_is_not_a_repeated_sentence() {
    assertThat(
            TextSimilarity.repeated(
                    "个人所得税专项附加扣除可以申报。".replace("可以申报", "每年一次")
                        + "住房贷款适用个人所得税专项附加扣除吗？办理个人所得税专项附加扣除很简单。")
                .isEmpty())
        .isTrue();
    assertThat(
            TextSimilarity.repeated(
                    "ソーシャルネットワーキングサービスを使う。良いソーシャルネットワーキングサービスとは。新しいソーシャルネットワーキングサービスへ。")
                .isEmpty())
        .isTrue();
    assertThat(
            TextSimilarity.repeated(
                    "ภาษีเงินได้บุคคลธรรมดาคืออะไร วิธีคำนวณภาษีเงินได้บุคคลธรรมดา"
                        + " ใครต้องจ่ายภาษีเงินได้บุคคลธรรมดา")
                .isEmpty())
        .isTrue();
  }

  @Test
  void a_sentence_without_spaces_that_occurs_three_times_is_found() {
    assertThat(TextSimilarity.repeated("房贷利率下降以后每个月要还的钱就会变少。".repeat(3)).orElseThrow())
        .isEqualTo("房贷利率下降以后每个月要还的钱就");
    assertThat(TextSimilarity.repeated("住宅ローンの金利が下がると、毎月の返済額は少なくなります。".repeat(3)).isPresent())
        .isTrue();
    assertThat(
            TextSimilarity.repeated(
                    "เมื่ออัตราดอกเบี้ยลดลงเงินที่ต้องผ่อนชำระในแต่ละเดือนก็จะลดลงด้วย ".repeat(3))
                .isPresent())
        .isTrue();
  }

  @Test
  void texts_without_spaces_about_one_subject_differ() {
    var one = "房贷的每月还款额由贷款本金、年利率和贷款年限决定。等额本息的每月还款额固定不变，前期利息占比高，后期本金占比高。";
    var other = "提前还款之前，先看合同有没有违约金。等额本息的贷款在前几年提前还款，节省的利息最多；贷款年限越长，每月还款额越低。";
    assertThat(containment(other, one) < 0.05).as(() -> "" + containment(other, one)).isTrue();
    assertThat(containment(one, other + one)).isEqualTo(1.0);
  }

  private static double containment(String text, String other) {
    return Shingles.of(text).containedIn(Shingles.of(other));
  }
}
