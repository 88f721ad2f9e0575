package dev.keywheel.article.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.article.text.Markdown.Links;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTest {
  @Test
  void markdown_becomes_plain_elements_with_headings_below_the_pages_own() {
    assertEquals(
        "<h4>Note</h4>\n<p>A <strong>b</strong> <em>c</em> <code>d</code></p>",
        Markdown.html("# Note\n\nA **b** _c_ `d`", Links.DROPPED));
    assertTrue(
        Markdown.html("|a|b|\n|-|-|\n|1|2|", Links.DROPPED).contains("<th scope=\"col\">a</th>"));
  }

  @Test
  void links_of_models_become_words_and_those_of_people_stay() {
    assertEquals(
        "<p>see this x</p>",
        Markdown.html("see [this](https://a.example) ![x](http://b.example/p.png)", Links.DROPPED));
    assertEquals(
        "<p>see <a href=\"https://a.example\" rel=\"nofollow noopener\">this</a></p>",
        Markdown.html("see [this](https://a.example)", Links.KEPT));
    assertFalse(Markdown.html("[x](javascript:alert(1))", Links.KEPT).contains("href"));
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
  void nothing_of_a_text_is_obeyed(String hostile) {
    for (var links : Links.values()) {
      var page = Jsoup.parseBodyFragment(Markdown.html(hostile, links));
      assertTrue(
          page.select(
                  "script, img, svg, div, iframe, style, [onclick], [onerror], [onload], [style], [class], [id]")
              .isEmpty(),
          page.body().html());
    }
  }

  @Test
  void invisible_and_turning_characters_go() {
    assertEquals("abc def", Clean.line("a\u202Eb\u200Bc\u0000 \u2066\uFEFF def"));
    assertEquals("👩‍🌾", Clean.line("👩‍🌾"), "a joiner that makes one picture of two stays");
  }

  @ParameterizedTest
  @ValueSource(strings = {">", "*", "[", "- ", "_", "![", "<", "`", "1. "})
  void a_text_of_nothing_but_signs_is_bounded_and_safe(String sign) {
    assertTrue(Markdown.html(sign.repeat(200_000), Links.DROPPED).length() < 3_000_000);
  }

  @Test
  void a_text_ends_well_or_is_cut_back_to_where_it_did() {
    assertTrue(Sentences.finished("One. Two!"));
    assertTrue(Sentences.finished("- a\n- list item"));
    assertTrue(Sentences.finished("(He said \"yes.\")"));
    assertFalse(Sentences.finished("One. And then the"));
    assertEquals("One.", Sentences.whole("One. And then the"));
    assertEquals("一。", Sentences.whole("一。二"));
  }

  @Test
  void words_are_counted_in_every_script() {
    assertEquals(3, Words.count("It's a dog-"));
    assertEquals(4, Words.count("你好世界"));
    assertTrue(Words.alike("How does bread rise?", "How bread rises") > 0.3);
    assertEquals(1.0, Words.alike("The flour", "flour"));
  }

  @Test
  void overlap_is_seen_by_five_words_and_repetition_by_eight() {
    var text =
        "the quick brown fox jumps over the lazy dog while seven other animals watch from behind a very old wooden fence";
    assertEquals(1.0, Overlap.containment(text, "Prologue. " + text + " Epilogue."));
    assertEquals(0.0, Overlap.containment(text, "nothing of the kind is said here"));
    assertTrue(Overlap.repeated((text + " ").repeat(3)).isPresent());
    assertTrue(Overlap.repeated(text).isEmpty());
  }

  @Test
  void a_wrong_language_is_only_called_so_when_it_is_sure() {
    var german =
        "Der Teig ist nicht mit dem Mehl zu verwechseln, und die Hefe ist es auch nicht, wenn man sie für eine Weile zu dem Wasser gibt.";
    var english =
        "The dough is not to be confused with the flour, and you should be careful that the yeast is not in it for too long.";
    assertTrue(Language.wrong(german, "en"));
    assertFalse(Language.wrong(german, "de-AT"));
    assertFalse(Language.wrong(english, "en"));
    assertTrue(Language.wrong(english, "ja"));
    assertTrue(
        Language.wrong(
            "Тесто не следует путать с мукой, и дрожжи тоже не следует держать в воде слишком долго, иначе всё пропало",
            "en"));
    assertFalse(Language.wrong("Levain, pain, four", "en"), "too short to tell");
    assertFalse(Language.wrong(english, "sw"), "a language it does not know");
  }

  @Test
  void reading_is_measured_in_both_ways() {
    var easy = Readability.of("The cat sat. The dog ran. We all had fun.", "en");
    assertEquals(10, easy.words());
    assertEquals(3, easy.sentences());
    assertTrue(easy.ease() > 90, easy::toString);
    assertEquals("LIX", Readability.of("Die Katze sitzt.", "de").measure());
  }

  @Test
  void cutting_a_line_keeps_whole_words_and_whole_characters() {
    assertEquals("How bread", Clean.cut("How bread rises", 11));
    assertEquals("ab", Clean.cut("ab🍞", 3));
  }

  @Test
  void a_placeholder_is_found_and_an_everyday_word_is_none() {
    assertEquals("TODO", Placeholders.first("Then TODO write more.").orElseThrow());
    assertEquals("[Insert year]", Placeholders.first("In [Insert year] it was.").orElseThrow());
    assertEquals("As an AI", Placeholders.first("As an AI I cannot.").orElseThrow());
    assertEquals("{{name}}", Placeholders.first("Dear {{name}},").orElseThrow());
    assertTrue(Placeholders.first("Sobre todo, el pan. Todo está listo.").isEmpty());
    assertTrue(Placeholders.first("See [the list](#list) of your tools.").isEmpty());
  }
}
