package dev.keywheel.article.tool;

import static dev.keywheel.article.tool.ToolRulesTest.BRIEF;
import static dev.keywheel.article.tool.ToolRulesTest.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.db.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How documents, manifests and shown numbers of tools are read. */
class ToolDocumentTest {
  @Test
  void missing_document_parts_are_inserted_and_the_code_is_unchanged() {
    var bare =
        "<html><body><h2>x</h2><label for=a>First</label><input id=a type=number><button>Go</button><output id=sum></output><script>let x=1 // no newline after\n</script></body></html>";
    var tool = ToolDocument.of(bare, BRIEF, "de");
    assertThat(tool.html().startsWith("<html lang=\"de\"><head>")).as(tool.html()).isTrue();
    assertThat(tool.html().contains("<title>Sum</title>") && tool.html().contains("viewport"))
        .isTrue();
    assertThat(tool.repairs())
        .contains("lang added", "charset added", "viewport added", "title added");
    assertThat(tool.html().endsWith(bare.substring(bare.indexOf("<body>")))).isTrue();
    assertThat(tool.manifest().derived()).isTrue();
    assertThat(tool.manifest().inputs().getFirst().label()).isEqualTo("First");
    assertThat(tool.manifest().outputs().getFirst().id()).isEqualTo("sum");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"trigger\":\"\"",
        "\"trigger\":null",
        "\"trigger\":{\"id\":\"tool-run\"}",
        "\"trigger\":\"gone\"",
        "\"started\":\"tool-run\"",
      })
  void a_manifest_without_a_trigger_uses_the_button_of_the_page(String trigger) {
    var html = GOOD.replace("\"trigger\":\"tool-run\"", trigger);
    var manifest = ToolDocument.of(html, BRIEF, "en").manifest();
    assertThat(manifest.trigger()).isEqualTo("tool-run");
    assertThat(manifest.tests().size()).isEqualTo(1);
    var bare = html.replace("<button id=\"tool-run\">Add</button>", "");
    assertThat(ToolDocument.of(bare, BRIEF, "en").manifest().trigger()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "7",
        "null",
        "{}",
        "{\"inputs\":{\"a\":\"number\"},\"outputs\":\"sum\"}",
        "{\"inputs\":[null,[],\"a\",{\"id\":\"\"}],\"outputs\":[{\"id\":\"sum\"}]}",
        "{\"inputs\":[{\"id\":[\"a\"]}],\"outputs\":[{}],\"tests\":[1,{\"set\":[],\"expect\":{}}]}",
      })
  void an_unusable_manifest_is_generated_from_the_page(String json) {
    var html = GOOD.replaceAll("(?s)(id=\"tool-manifest\">).*?(</script>)", "$1" + json + "$2");
    var manifest = ToolDocument.of(html, BRIEF, "en").manifest();
    assertThat(manifest.derived()).as(manifest::toString).isTrue();
    assertThat(manifest.inputs().getFirst().id()).isEqualTo("a");
    assertThat(manifest.outputs().getFirst().id()).isEqualTo("sum");
    assertThat(manifest.trigger()).isEqualTo("tool-run");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,234.50 €|1234.5|true",
        "1.234,50|1234.5|true",
        "12 345|12345|true",
        "-3.2 %|-3.2|true",
        "–3|-3|true",
        "0.1|0.2|false",
        "about 99.99|100|true",
        "99.9|100|false",
        "none|0|false",
        "₹1,23,456.78|123456.78|true",
        "12,34,567|1234567|true",
        "۱٬۲۳۴٫۵ تومان|1234.5|true",
        "٣٤٫٢٥|34.25|true",
        "३.५|3.5|true"
      })
  void numbers_are_read_in_every_notation(String shown, double number, boolean same) {
    assertThat(Numbers.shows(shown, new Expect("x", number, 0.02, null, null))).isEqualTo(same);
  }

  @Test
  void a_document_is_found_among_letters_whose_lower_case_is_longer() {
    var html = "<!DOCTYPE html><html lang=\"tr\"><body>İndirim İade</body></HTML>";
    assertThat(ToolDocument.find("İşte İstenen:\n" + html)).hasValue(html);
    assertThat(ToolDocument.find("İşte:\n" + html + "\nİyi günler")).hasValue(html);
  }

  static List<String> endlessExpressions() {
    return List.of(
        "(.*)*x\\1",
        "(?:(?:){2000000000}){2000000000}x",
        "(|)".repeat(60) + "(?!)",
        "(?:(b?)\\1{2000000000}){2000000000}x",
        "(?i){2000000000}^?(?s){2000000000}x",
        "$?".repeat(90) + "(?!)",
        "(?x:a*#[\n" + "(|)".repeat(60) + "(?!)#]\n)");
  }

  @ParameterizedTest
  @MethodSource("endlessExpressions")
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD) // otherwise it takes years
  void a_regular_expression_that_takes_too_long_is_ignored(String regex) {
    var endless = new Expect("x", null, null, "a", regex);
    assertThat(Numbers.shows("a".repeat(60), endless)).isTrue();
    assertThat(Numbers.shows("b".repeat(60), endless)).as("another condition counts").isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a"})
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void an_endless_search_of_a_short_text_ends(String text) {
    assertThat(LimitedSearch.finds("(|)".repeat(60) + "(?!)", text)).isTrue();
    assertThat(LimitedSearch.finds("$?".repeat(90) + "(?!)", text)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "^b+$;aab;false",
        "(?:(?:){100}){100}x;12345;false",
        "^\\d{1,3}(,\\d{3})*\\.\\d{2}$;1,234.50;true",
        "^\\d{1,3}(,\\d{3})*\\.\\d{2}$;1,234.5;false",
        "(?i)^(yes|no|)$;YES;true",
        "(?i)^(yes|no|)$;``;true",
        "(?i)^(yes|no|)$;yes!;false",
        "\\b(\\d)\\1 (?:kg|lb)\\b;a 55 lb;true",
        "\\b(\\d)\\1 (?:kg|lb)\\b;a 56 lb;false",
        "^[^|)^$\\]]+$;a(;true",
        "^[^|)^$\\]]+$;a);false",
        "^\\Qa|b)$\\E$;a|b)$;true",
        "(?<!\\w)\\x41(?!\\d);A;true",
        "(?<=.)5$;5;false",
        "(?<=^|[$€ (])5;5;true",
        "(?<![^,])5;5;true",
        "(?<!^)5;5;false",
        "(?<=\\s)5;5;false"
      })
  void a_regular_expression_has_its_usual_meaning(String regex, String shown, boolean found) {
    assertThat(Numbers.shows(shown, new Expect("x", null, null, null, regex))).isEqualTo(found);
  }

  @Test
  void the_frame_has_a_policy_without_urls() {
    var policy = FramedTool.headers().get("Content-Security-Policy");
    assertThat(policy.startsWith("sandbox allow-scripts allow-forms; default-src 'none'")).isTrue();
    assertThat(
            policy.contains("allow-same-origin")
                || policy.contains("http")
                || policy.contains("connect-src"))
        .isFalse();
    assertThat(FramedTool.sha256(ToolDocument.of(GOOD, BRIEF, "en")).length()).isEqualTo(64);
  }

  @Test
  void manifests_and_browser_tests_of_earlier_versions_are_read() {
    var manifest = ToolDocument.of(GOOD, BRIEF, "en").manifest();
    assertThat(Json.MAPPER.convertValue(Json.MAPPER.valueToTree(manifest), Manifest.class))
        .isEqualTo(manifest);
    var control =
        Json.read(
            "{\"id\":\"a\",\"label\":\"A\",\"type\":\"number\",\"example\":\"1\"}",
            Manifest.Control.class);
    assertThat(control).isEqualTo(new Manifest.Control("a", "A", "number", "1"));
    var seen =
        Json.read(
            "{\"state\":\"PASSED\",\"why\":\"\",\"findings\":[],\"observed\":[]}",
            BrowserCheck.class);
    assertThat(seen.state()).as("nothing was compared").isEqualTo(State.NOT_COMPARED);
  }

  @Test
  void a_test_case_is_described_by_field_names_in_order() {
    var manifest =
        new Manifest(
            "Watering",
            List.of(
                new Manifest.Control("pot-litres", "Pot (litres)", "number", ""),
                new Manifest.Control("waterings", "Waterings a week", "number", ""),
                new Manifest.Control("x", "", "number", "")),
            "tool-run",
            List.of(new Manifest.Control("sum", "Water", "", "")),
            List.of(),
            false);
    assertThat(
            manifest.described(
                new java.util.TreeMap<>(
                    Map.of("waterings", "4", "gone", "2", "pot-litres", "10", "x", "1"))))
        .isEqualTo("Pot (litres) = 10, Waterings a week = 4, x = 1, gone = 2");
    assertThat(manifest.output("sum")).isEqualTo("Water");
    assertThat(manifest.output("other")).isEqualTo("other");
  }
}
