package dev.keywheel.article.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.BrowserCheck.ObservedTest;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.article.tool.Review.Verdict;
import dev.keywheel.article.tool.judge.ToolAssessment;
import dev.keywheel.article.tool.judge.VersionSelection;
import dev.keywheel.article.tool.rules.ToolLinter;
import dev.keywheel.db.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jsoup.Jsoup;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ToolRulesTest {
  private static final ToolBrief BRIEF =
      new ToolBrief(
          "Sum",
          "calculator",
          "Adds",
          List.of(new ToolBrief.Input("a", "First", "number", null, null, null, null, "1")),
          List.of(new ToolBrief.Output("sum", "Sum", null)),
          "a + 1",
          List.of());

  private static final String GOOD =
      """
      <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sum</title>
      <style>body{max-width:30rem}</style></head><body><h1>Sum</h1>
      <form id="tool-form"><label for="a">First</label><input id="a" type="number"><button id="tool-run">Add</button></form>
      <output id="sum" aria-live="polite"></output><p id="tool-message" role="status"></p>
      <script>
      const open = true, history = [], top = 3; // fetch('x') in a comment
      class Adder { #n = 1; add(v) { return v + this.#n; } get location() { return {top: 1}; } }
      const text = "eval(1) and fetch", re = /fetch\\(/g, t = `a ${open ? `b${top}` : "}"} c`;
      document.getElementById("tool-form").addEventListener("submit", async e => { e.preventDefault();
        const {value = "0", bottom, ...rest} = document.querySelector("#a"); history.push(value);
        document.getElementById("sum").textContent = new Adder().add(+value) / 1; });
      </script>
      <script type="application/json" id="tool-manifest">{"name":"Sum","inputs":[{"id":"a","label":"x"}],"trigger":"tool-run","outputs":[{"id":"sum","label":"Sum"}],
      "tests":[{"set":{"a":"1"},"expect":[{"output":"sum","number":2}]}]}</script></body></html>
      """;

  private static TreeSet<String> rules(String html) {
    var found = new TreeSet<String>();
    ToolLinter.check(ToolDocument.of(html, BRIEF, "en"), "en")
        .forEach(f -> found.add(f.rule() + (f.isError() ? "" : "w")));
    return found;
  }

  @Test
  void a_correct_tool_is_accepted() {
    assertThat(rules(GOOD))
        .as(() -> ToolLinter.check(ToolDocument.of(GOOD, BRIEF, "en"), "en").toString())
        .isEqualTo(new TreeSet<>());
  }

  @Test
  void a_quotation_in_a_finding_is_cut_between_characters() {
    var id = "x".repeat(59) + "🔑 and more";
    var twice = GOOD.replace("<h1>", "<p id='" + id + "'></p><p id='" + id + "'></p><h1>");
    assertThat(ToolLinter.check(ToolDocument.of(twice, BRIEF, "en"), "en"))
        .extracting(Finding::text)
        .contains("Two elements have the id \"" + "x".repeat(59) + "…\".");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<h1>Sum</h1>|<p>Sum</p>|T02",
        "<h1>|<iframe></iframe><h1>|T03",
        "<h1>|<meta http-equiv='refresh' content='0'><h1>|T03",
        "<h1>|<img src='https://x.example/p.png'><h1>|T04",
        "<h1>|<a href='https://x.example'>x</a><h1>|T04",
        "<h1>|<form action='/steal'></form><h1>|T04",
        "body{|@import 'x';body{|T05",
        "body{|body{background:url(//x.example/p);|T05",
        "const open|const 'x = 1; const open|T06",
        "history.push(value);|history.push(value); }|T06",
        "history.push(value);|fetch('//x');|T07",
        "history.push(value);|window.localStorage.x = 1;|T07",
        "history.push(value);|new Function('x')();|T07",
        "history.push(value);|document.cookie = 'a';|T07",
        "const open = true, history = [], top = 3;|const open = 1, history = [], top = 3; location.href = 'x';|T07",
        "history.push(value);|import('x');|T07",
        "history.push(value);|alert(1);|T08w",
        "history.push(value);|document.body.innerHTML = value;|T08w",
        "history.push(value);|while (true) { if (value) break; }|T08w",
        "history.push(value);|for (;;) { history.push(value); }|T08w",
        "history.push(value);|for(;;); if (value) return;|T08w",
        "history.push(value);|while (1) history.push(value); { return; }|T08w",
        "<label for=\"a\">First</label>|First|T10",
        "<form id|<p id=\"sum\"></p><form id|T12",
        "getElementById(\"sum\")|getElementById(\"sun\")|T13",
        "<script type=\"application/json\" id=\"tool-manifest\">{|<script type=\"application/json\" id=\"tool-manifest\">[|T14w",
        "history.push(value);|// ... rest of the code|T15",
        "max-width:30rem|width:900px|T16w",
        "<label for=\"a\">First</label><input id=\"a\" type=\"number\">|<p id=\"a\">One</p>|T09",
        "<output id=\"sum\" aria-live=\"polite\"></output><p id=\"tool-message\" role=\"status\">|<p id=\"sum\"></p><p id=\"tool-message\">|T11",
        "<h1>Sum</h1>|<h1>Summe</h1><p>Der Wert ist nicht die Summe, wenn er von der Zahl auf dem Feld mit dem Knopf und für das Ergebnis zu klein ist, die Summe ist auch nicht der Wert.</p>|T17w",
        "<h1>|<svg><script>x()</script></svg><h1>|T03",
        "<h1>|<p onclick='x()'>y</p><h1>|T08w",
        "body{|a:focus{outline:0}body{color:expression(1);|T05",
      })
  void each_rule_finds_its_violation(String what, String by, String rule) {
    assertThat(GOOD.contains(what)).as(what).isTrue();
    assertThat(rules(GOOD.replace(what, by)).contains(rule))
        .as(() -> rules(GOOD.replace(what, by)) + " " + by)
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "for (;;) { if (value > 9) break; history.push(value); }",
        "for (;;) { if (value > 9) { return; } }",
        "while (1) { if (value) throw new Error(); }",
        "for (;;) await new Promise(done => setTimeout(done, 9));",
        "for (let i = 0;; i++) if (i > 9) break;",
        "for (const part of value) history.push(part);",
      })
  void endless_loops_with_an_exit_are_accepted(String loop) {
    var html = GOOD.replace("history.push(value);", loop);
    assertThat(rules(html)).isEqualTo(new TreeSet<>());
  }

  @Test
  void incomplete_and_oversized_documents_are_found() {
    assertThat(rules(GOOD.substring(0, GOOD.indexOf("</script>"))).contains("T02")).isTrue();
    assertThat(rules(GOOD.replace("<h1>", "<!--" + "x".repeat(60_000) + "--><h1>")).contains("T01"))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a = b / c / d; e = /[/\"]/.test(x)",
        "let s = `x${ {a: `}`}.a }y`;",
        "if (a) /x/.exec(b)",
        "x = a++ / 2",
        "'it\\'s'"
      })
  void complete_scripts_are_accepted(String code) {
    assertThat(rules(GOOD.replace("history.push(value);", code)).contains("T06"))
        .as(code)
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "function f() {",
        "a = 'x",
        "/* never ends",
        "`x${a",
        "f(1",
        "]",
        "const s = “x”;",
        "x = /ab"
      })
  void incomplete_scripts_are_found(String code) {
    assertThat(rules(GOOD.replace("history.push(value);", code)).contains("T06")).as(code).isTrue();
  }

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

  private static ToolAssessment assessment(String html, String... wrong) {
    return assessment(html, List.of("sum"), wrong);
  }

  private static ToolAssessment assessment(String html, List<String> differing, String... sources) {
    var tool = ToolDocument.of(html, BRIEF, "en");
    var observed =
        java.util.Arrays.stream(sources)
            .map(
                source ->
                    new ObservedTest(
                        new TestCase(
                            source,
                            new ToolTest(
                                Map.of("a", "1"),
                                List.of(new Expect("sum", 2.0, null, null, null)))),
                        Map.of("sum", "3"),
                        differing))
            .toList();
    return new ToolAssessment(
        tool,
        ToolLinter.check(tool, "en"),
        new BrowserCheck(State.FAILED, "", List.of(), observed));
  }

  @Test
  void one_source_disputes_a_number_and_two_refute_it() {
    assertThat(assessment(GOOD, "plan").acceptable()).isTrue();
    var passed = assessment(GOOD, List.of(), "plan");
    assertThat(assessment(GOOD, "plan").worseThan(passed)).as("disputed").isTrue();
    assertThat(assessment(GOOD, "plan", "review").acceptable()).isFalse();
  }

  @Test
  void a_document_is_found_among_letters_whose_lower_case_is_longer() {
    var html = "<!DOCTYPE html><html lang=\"tr\"><body>İndirim İade</body></HTML>";
    assertThat(ToolDocument.find("İşte İstenen:\n" + html)).hasValue(html);
    assertThat(ToolDocument.find("İşte:\n" + html + "\nİyi günler")).hasValue(html);
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD) // otherwise it takes years
  void a_regular_expression_that_takes_too_long_is_ignored() {
    var endless = new Expect("x", null, null, "a", "(.*)*x\\1");
    assertThat(Numbers.shows("a".repeat(60), endless)).isTrue();
    assertThat(Numbers.shows("b".repeat(60), endless)).as("another condition counts").isFalse();
    assertThat(Numbers.shows("aab", new Expect("x", null, null, null, "^b+$"))).isFalse();
  }

  @Test
  void a_script_of_nothing_but_forbidden_names_has_a_bounded_number_of_findings() {
    var html = GOOD.replace("history.push(value);", "fetch('x');\n".repeat(4_000));
    var found = ToolLinter.check(ToolDocument.of(html, BRIEF, "en"), "en");
    assertThat(found).hasSizeBetween(100, 110);
    var last = "alert('x');\n".repeat(200) + "fetch" + " ".repeat(2_000) + "('x');";
    assertThat(rules(GOOD.replace("history.push(value);", last))).contains("T07");
  }

  @Test
  void a_tool_with_too_many_fields_is_rejected_and_only_the_first_are_read() {
    var fields = new StringBuilder("<form>");
    IntStream.range(0, 400).forEach(i -> fields.append("<input id=\"f" + i + "\">"));
    var tool = ToolDocument.of(GOOD.replaceFirst("<form", fields + "</form>$0"), BRIEF, "en");
    assertThat(ToolLinter.check(tool, "en"))
        .extracting(Finding::text)
        .contains("There are 401 input fields; up to 300 are allowed.")
        .contains("<input id=\"f299\"> has no label.")
        .doesNotContain("<input id=\"f300\"> has no label.");
    var shown = ManifestReader.derived(Jsoup.parse(tool.html()), BRIEF);
    assertThat(shown.inputs()).hasSize(300);
  }

  @Test
  void a_dispute_names_every_condition_of_an_expected_output() {
    var expect = new Expect("sum", 2.0, null, "EUR", "\\d");
    var test = new TestCase("plan", new ToolTest(Map.of("a", "1"), List.of(expect)));
    var shown = new ObservedTest(test, Map.of("sum", "2"), List.of("sum"));
    assertThat(assessment(GOOD).difference(shown))
        .endsWith("expected Sum = 2, contains EUR, matches \\d, shown Sum = 2");
  }

  private static VersionSelection selection(
      Verdict verdict, String before, @Nullable String corrected) {
    return VersionSelection.of(
        assessment(before),
        "generator",
        new Review(verdict, List.of(), List.of(), corrected),
        BRIEF,
        "en",
        ToolCheck.none("test"));
  }

  @Test
  void the_reviewer_cannot_make_a_tool_worse() {
    var worse = GOOD.replace("history.push(value);", "fetch('x');");
    assertThat(selection(Verdict.FIXED, GOOD, worse).source()).isEqualTo("generator");
    assertThat(selection(Verdict.FIXED, worse, GOOD).source()).isEqualTo("validator");
    assertThat(selection(Verdict.FIXED, GOOD, GOOD.replace("Adds", "Adds up")).source())
        .as("a tie goes to the correction")
        .isEqualTo("validator");
    assertThat(selection(Verdict.REJECT, GOOD, null).source()).isEqualTo("generator");
    assertThat(selection(Verdict.REJECT, GOOD, null).decision().contains("disagrees")).isTrue();
    assertThat(selection(Verdict.PASS, worse, null).taken().acceptable()).isFalse();
  }

  /**
   * The good tool with the faults that the bits of a number select: 1 and 2 for an error each, 4
   * for a warning.
   */
  private static String withFaults(int bits) {
    var html = GOOD;
    html = (bits & 1) == 0 ? html : html.replace("history.push(value);", "fetch('x');");
    html = (bits & 2) == 0 ? html : html.replace("body{", "@import 'x';body{");
    return (bits & 4) == 0 ? html : html.replace("<h1>", "<h1 onclick='x()'>");
  }

  @Test
  void the_better_version_is_selected_for_every_review() {
    var all = IntStream.range(0, 8).mapToObj(ToolRulesTest::withFaults).toList();
    var scores = new HashSet<List<Integer>>();
    for (var before : all) {
      for (var corrected : all) {
        for (var verdict : Verdict.values()) {
          var taken = selection(verdict, before, corrected).taken();
          assertThat(taken.worseThan(assessment(before)))
              .as(() -> verdict + "\n" + before)
              .isFalse();
          assertThat(taken.worseThan(assessment(corrected)))
              .as(() -> verdict + "\n" + corrected)
              .isFalse();
          scores.add(List.of(taken.errors(), taken.warnings()));
        }
      }
    }
    assertThat(scores.size() > 3).as(scores::toString).isTrue();
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
