package dev.keywheel.article.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.tool.rules.ToolLinter;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules that a tool must satisfy before a browser runs it. */
class ToolRulesTest {
  static final ToolBrief BRIEF =
      new ToolBrief(
          "Sum",
          "calculator",
          "Adds",
          List.of(new ToolBrief.Input("a", "First", "number", null, null, null, null, "1")),
          List.of(new ToolBrief.Output("sum", "Sum", null)),
          "a + 1",
          List.of());

  static final String GOOD =
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
}
