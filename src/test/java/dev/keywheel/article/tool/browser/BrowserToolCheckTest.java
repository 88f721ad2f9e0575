package dev.keywheel.article.tool.browser;

import static dev.keywheel.article.tool.browser.TipSplitter.BRIEF;
import static dev.keywheel.article.tool.browser.TipSplitter.GOOD;
import static dev.keywheel.article.tool.browser.TipSplitter.split;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.judge.ToolAssessment;
import dev.keywheel.article.tool.judge.VersionSelection;
import dev.keywheel.support.Chromium;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("full")
class BrowserToolCheckTest {
  /** Has a time limit that is long enough for a sound tool on a busy machine. */
  @AutoClose
  private static final BrowserToolCheck browser =
      new BrowserToolCheck(Chromium.executable(), Confinement.find(), Duration.ofSeconds(30));

  private static BrowserCheck check(String html) {
    return TipSplitter.check(browser, html);
  }

  private static BrowserCheck check(String html, ToolTest... tests) {
    return TipSplitter.check(browser, html, tests);
  }

  private static void assertFinds(String rule, String html) {
    var seen = check(html);
    assertThat(seen.state()).as(seen::toString).isEqualTo(State.FAILED);
    assertThat(seen.findings().stream().anyMatch(f -> f.rule().equals(rule)))
        .as(seen::toString)
        .isTrue();
  }

  @Test
  void a_correct_tool_passes_with_its_outputs() {
    var seen = check(GOOD);
    assertThat(seen.state()).as(seen::toString).isEqualTo(State.PASSED);
    assertThat(seen.observed().getFirst().outputs()).isEqualTo(Map.of("each", "20.00"));
    assertThat(seen.findings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<script type='application/json' id='tool-manifest'>{\"trigger\":\"\",\"inputs\":[{\"id\":\"bill\"},{\"id\":\"people\"}],\"outputs\":[{\"id\":\"each\"}]}</script>"
      })
  void a_tool_without_a_button_runs_on_input(String manifest) {
    var seen =
        check(
            GOOD.replace("<button id=\"tool-run\" type=\"submit\">Split</button>", "")
                .replace("\"submit\",e", "\"input\",e")
                .replace("</body>", manifest + "</body>"));
    assertThat(seen.state()).as(seen::toString).isEqualTo(State.PASSED);
    assertThat(seen.observed().getFirst().outputs()).isEqualTo(Map.of("each", "20.00"));
  }

  /** The good tool with ids chosen by its author; its labels are those of the plan. */
  private static final String OTHER_IDS =
      GOOD.replace("\"bill\"", "\"amount\"")
          .replace("\"people\"", "\"headCount\"")
          .replace("id=\"each\"", "id=\"perHead\"")
          .replace("ById(\"each\")", "ById(\"perHead\")")
          .replace("<label for=\"amount\">Bill<", "<label for=\"amount\">Bill ($):<")
          .replace("<output", "<table><tr><th>Each pays:</th><td><output")
          .replace("</output>", "</output></td></tr></table>");

  @Test
  void fields_are_found_by_their_label_when_ids_differ() {
    var seen = check(OTHER_IDS);
    assertThat(seen.state()).as(seen::toString).isEqualTo(State.PASSED);
    assertThat(seen.observed().getFirst().outputs()).isEqualTo(Map.of("perHead", "20.00"));
    assertThat(check(OTHER_IDS.replace("(b/p)", "(b/(p-1))")).state()).isEqualTo(State.FAILED);
    assertFinds("H04", OTHER_IDS.replace("\"submit\",e", "\"zzz\",e"));
  }

  /** The good tool with ids and labels that differ from the plan. */
  private static final String STRANGE =
      OTHER_IDS
          .replace("Bill ($):<", "Price<")
          .replace(">People<", ">Guests<")
          .replace("Each pays:", "Share");

  @Test
  void a_tool_without_comparable_output_does_not_pass() {
    var seen = check(STRANGE);
    assertThat(seen.state()).as(seen::toString).isEqualTo(State.NOT_COMPARED);
    assertThat(seen.findings().stream().map(Finding::text).toList())
        .isEqualTo(
            List.of(
                "A test case of the plan sets fields or choices that the tool does not have: bill, people.",
                "No expected number could be compared with what the tool shows."));
    assertThat(check(GOOD, new ToolTest[0]).state())
        .as("no test case at all")
        .isEqualTo(State.NOT_COMPARED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<fieldset><legend>People</legend><label><input type='radio' name='people' id='p-2' value='2' checked>A couple</label><label><input type='radio' name='people' id='p-4' value='4'>A table (4)</label></fieldset>",
        "<fieldset><legend>People:</legend><label><input type='radio' name='size' value='2' checked>A couple</label><label><input type='radio' name='size' value='4'>A table (4)</label></fieldset>",
        "<div id='people' role='radiogroup' aria-label='x'><label><input type='radio' name='size' value='2' checked>A couple</label><label><input type='radio' name='size' value='4'>A table (4)</label></div>",
        "<label for='people'>People</label><select id='people'><option value='2'>A couple</option><option value='4'>A table</option></select>",
      })
  void one_of_several_choices_can_be_set(String choices) {
    var tool =
        GOOD.replaceFirst("<label for=\"people\">.*?<input [^>]*>", choices)
            .replace(
                "document.getElementById(\"people\").value",
                "(document.querySelector('[type=radio]:checked')||document.querySelector('select')).value");
    for (var value : List.of("4", "a table (4)", "A table")) {
      var seen = check(tool, split(value, 20));
      assertThat(seen.state()).as(seen::toString).isEqualTo(State.PASSED);
    }
    var seen = check(tool, split("A crowd", 1), split("A couple", 40));
    assertThat(seen.state())
        .as("what cannot be set does not count against the tool")
        .isEqualTo(State.PASSED);
    assertThat(seen.observed().size()).isEqualTo(1);
    assertThat(seen.findings().getFirst().rule()).isEqualTo("H10");
  }

  @ParameterizedTest
  @CsvSource({"false,generator", "true,validator"})
  void a_correction_does_not_win_by_avoiding_comparisons(boolean right, String source) {
    var wrong = GOOD.replace("(b/p)", "(b/(p-1))");
    var corrected = (right ? OTHER_IDS : STRANGE).replace("(b/p)", right ? "(b/p)" : "(b/(p-1))");
    var tool = ToolDocument.of(wrong, BRIEF, "en");
    var taken =
        VersionSelection.of(
            ToolAssessment.of(tool, "en", ToolAssessment.tests(BRIEF, tool, List.of()), browser),
            "generator",
            new Review(Review.Verdict.FIXED, List.of(), List.of(split("2", 40)), corrected),
            BRIEF,
            "en",
            browser);
    assertThat(taken.source()).as(taken::toString).isEqualTo(source);
    assertThat(taken.selected().acceptable()).isEqualTo(right);
  }

  @Test
  void a_correction_without_the_authors_test_cases_is_tested_with_them() {
    var manifest =
        "<script type='application/json' id='tool-manifest'>{\"inputs\":[{\"id\":\"bill\"},{\"id\":\"people\"}],\"outputs\":[{\"id\":\"each\"}],\"tests\":[{\"set\":{\"bill\":\"30\",\"people\":\"3\"},\"expect\":[{\"output\":\"each\",\"number\":10}]}]}</script></body>";
    var wrong = GOOD.replace("(b/p)", "(b/(p-1))").replace("</body>", manifest);
    var tool = ToolDocument.of(wrong, BRIEF, "en");
    var taken =
        VersionSelection.of(
            ToolAssessment.of(tool, "en", ToolAssessment.tests(BRIEF, tool, List.of()), browser),
            "generator",
            new Review(Review.Verdict.FIXED, List.of(), List.of(split("2", 40)), OTHER_IDS),
            BRIEF,
            "en",
            browser);
    assertThat(taken.source()).isEqualTo("validator");
    assertThat(taken.selected().browser().observed().stream().map(o -> o.test().source()).toList())
        .isEqualTo(List.of("plan", "tool", "review"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s('perPerson',b/p);setTimeout(()=>s('each',b/p),800)",
        "setTimeout(()=>{s('each',b/p);s('perPerson',b/p)},300)",
        "s('each',0);setTimeout(()=>s('each',b/p),0);s('perPerson',b/p)",
      })
  void the_check_waits_for_a_late_result_after_an_early_one(String how) {
    var tool =
        GOOD.replace(
                "</output>", "</output><output id=\"perPerson\" aria-live=\"polite\"></output>")
            .replace(
                "o.textContent=(b/p).toFixed(2)",
                "const s=(i,v)=>{document.getElementById(i).textContent=v.toFixed(2)};" + how);
    var both = Stream.of(split("4", 20), split("4", 20), split("2", 40), split("8", 10));
    var seen =
        check(
            tool,
            both.map(
                    t ->
                        new ToolTest(
                            t.set(),
                            List.of(
                                new Expect(
                                    "perPerson", t.expect().getFirst().number(), null, null, null),
                                t.expect().getFirst())))
                .toArray(ToolTest[]::new));
    assertThat(seen.state()).as(seen::toString).isEqualTo(State.PASSED);
    assertThat(seen.observed().size()).isEqualTo(4);
  }

  @Test
  void a_wrong_divisor_is_found_by_its_result() {
    var seen = check(GOOD.replace("(b/p)", "(b/(p+1))"));
    assertThat(seen.state()).isEqualTo(State.FAILED);
    assertThat(seen.observed().getFirst().mismatches()).isEqualTo(List.of("each"));
  }

  @Test
  void a_result_that_is_not_a_number_is_found() {
    assertFinds("H05", GOOD.replace("if(!(p>0)||!(b>=0))", "if(false)"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      value = {
        "!(p>0)§!(p>=0)§shows Infinity with People = 0.",
        "!(p>0)||!(b>=0)§!(p>0)||isNaN(b)§",
        "m.textContent=\"\";o.textContent=§if(b===0)return o.textContent=undefined+' %';o.textContent=§shows undefined % with Bill = 0.",
        "m.textContent=\"\";o.textContent=§if(b===0)return o.textContent='The slope is undefined';o.textContent=§",
        "m.textContent=\"\";o.textContent=§if(b===0)throw new Error('no');o.textContent=§",
        "if(!(p>0)||!(b>=0))§if(b<0){o.textContent=Math.sqrt(b);return}if(!(p>0)||!(b>=0))§shows NaN with Bill = -1.",
      })
  void invalid_output_at_zero_and_below_the_minimum_is_found(String what, String by, String found) {
    assertThat(GOOD.contains(what)).as(what).isTrue();
    var seen = check(GOOD.replace(what, by));
    assertThat(seen.state())
        .as(seen::toString)
        .isEqualTo(found == null ? State.PASSED : State.FAILED);
    assertThat(seen.findings().size()).as(seen::toString).isEqualTo(found == null ? 0 : 1);
    assertThat(found == null || seen.findings().getFirst().text().endsWith(found))
        .as(seen::toString)
        .isTrue();
  }

  @Test
  void a_button_without_effect_is_found() {
    assertFinds(
        "H04", GOOD.replace("id=\"tool-run\" type=\"submit\"", "id=\"tool-run\" type=\"button\""));
  }

  @Test
  void a_missing_id_is_found() {
    assertFinds("H01", GOOD.replace("getElementById(\"each\")", "getElementById(\"eech\")"));
  }

  @ParameterizedTest
  @CsvSource({"<!doctype html>, 0", "<!doctype html><!--NLNL-->NL, 3"})
  void the_line_of_a_script_error_is_that_of_the_tool(String start, int more) {
    var tool =
        GOOD.replace("<!doctype html>", start.replace("NL", "\n"))
            .replace("m.textContent=\"\";o.", "undefinedName;o.");
    int line = (int) tool.lines().takeWhile(text -> !text.contains("undefinedName")).count() + 1;
    assertThat(line).isEqualTo(11 + more);
    assertThat(check(tool).findings())
        .extracting(Finding::text)
        .contains(
            "The script fails: ReferenceError: undefinedName is not defined (line " + line + ")");
  }

  @Test
  void outputs_that_never_change_are_found() {
    var dead = GOOD.replace("(b/p).toFixed(2)", "'20.00'");
    assertThat(check(dead, split("4", 20), split("2", 40)).findings())
        .extracting(Finding::text)
        .containsExactly("The outputs are the same for all inputs of the tests.");
    assertThat(check(dead, split("4", 20), split("04", 20)).state()).isEqualTo(State.PASSED);
  }

  @Test
  void a_network_call_is_blocked_and_reported() {
    assertFinds(
        "H03",
        GOOD.replace(
            "m.textContent=\"\";o.",
            "fetch(\"https://example.com/?b=\"+b).catch(()=>{});m.textContent=\"\";o."));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s.setAttribute('viewBox','0 0 9 9');is(s.viewBox.baseVal.width,9)",
        "s.innerHTML='<circle r=3></circle>';is(s.firstChild instanceof SVGCircleElement,true)",
        "d.innerHTML='<table><tbody></tbody></table>';const t=d.querySelector('tbody');t.innerHTML='<tr><td>1<td>2';is(t.rows[0].cells.length,2)",
        "d.innerHTML='<select></select>';d.firstChild.innerHTML='<option>1<option selected>2';is(d.firstChild.value,'2')",
        "d.innerHTML='<b>1</b>';d.innerHTML+='<i>2</i>';is(d.innerHTML,'<b>1</b><i>2</i>')",
        "d.insertAdjacentHTML('beforeend','<b>1</b>');d.insertAdjacentHTML('AfterBegin','<i>2</i>');is(d.innerHTML,'<i>2</i><b>1</b>')",
        "d.innerHTML='<b>1</b>';d.firstChild.outerHTML='<i>2</i>3';is(d.innerHTML,'<i>2</i>3')",
        "const t=document.createElement('template');t.innerHTML='<tr><td>1';is(t.content.firstChild.cells.length,1)",
        "d.textContent='<b>';is(d.innerHTML,'&lt;b&gt;');d.innerHTML='';is(d.childNodes.length,0);d.innerHTML=5;is(d.textContent,'5');d.innerHTML=null;is(d.textContent,'')",
        "is(new DOMParser().parseFromString('<p>a<p>b','text/html').querySelectorAll('p').length,2)",
        "class X extends HTMLElement{connectedCallback(){this.textContent='up'}}customElements.define('x-y',X);d.innerHTML='<x-y></x-y>';is(d.textContent,'up')",
        "d.setAttribute('onclick','window.clicked=7');d.onclick=()=>window.clicked=8;d.click();is(window.clicked,8)",
        "d.append(document.createRange().createContextualFragment('<b>1</b>'));is(d.firstChild.localName,'b')",
        "d.innerHTML='<a href=#typed>x</a>';d.firstChild.click();is(location.href.includes('#'),false)",
      })
  void the_usual_ways_to_create_elements_work_with_the_prelude(String script) {
    var start =
        "<script>window.is=(a,b)=>{if(a!==b)throw new Error(a+' is not '+b)};"
            + "{const d=document.body.appendChild(document.createElement('div')),s=document.createElementNS('http://www.w3.org/2000/svg','svg');"
            + script
            + ";d.remove()}</script></body>";
    var seen = check(GOOD.replace("</body>", start));
    var wrong = seen.findings().stream().filter(f -> f.text().contains("is not ")).toList();
    assertThat(wrong).isEmpty();
    assertThat(seen.state())
        .as(seen::toString)
        .isEqualTo(script.contains("setAttribute('onclick") ? State.FAILED : State.PASSED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "onclick='again(event,2)'|0",
        "onclick='again(this, \"two\")'|0",
        "onclick='again();again()'|1",
        "id=x>y</button><button type=button onclick='x=1'|1",
      })
  void a_handler_in_html_created_by_a_script_runs_if_it_only_calls_a_function(
      String handler, int errors) {
    var seen =
        check(
            GOOD.replace(
                    "m.textContent=\"\";o.",
                    "document.getElementById('more').innerHTML=`<button type=button id=more-run HANDLER>x</button>`;document.getElementById('more-run').click();m.textContent=\"\";o.")
                .replace("HANDLER", handler)
                .replace("(b/p).toFixed(2)", "(b/p/(window.runs||1)).toFixed(2)")
                .replace(
                    "<script>", "<p id=more></p><script>window.again=(e,n)=>{window.runs=n?1:9};"),
            BRIEF.tests().getFirst());
    var failed = seen.findings().stream().filter(f -> f.rule().equals("H01")).toList();
    assertThat(failed.size()).as(seen::toString).isEqualTo(errors);
    assertThat(errors == 0 || failed.getFirst().text().contains("use addEventListener")).isTrue();
    assertThat(seen.findings().stream().noneMatch(f -> f.rule().equals("H03")))
        .as(seen::toString)
        .isTrue();
  }

  @Test
  void a_layout_of_900_pixels_is_found() {
    assertFinds("H07", GOOD.replace("input{max-width:100%}", "form{width:900px}"));
  }

  @Test
  void a_busy_tool_is_not_tested_repeatedly() {
    var busy =
        check(
            GOOD.replace("e.preventDefault();", "const t=Date.now();while(Date.now()-t<2300);"),
            BRIEF.tests().getFirst(),
            BRIEF.tests().getFirst());
    assertThat(busy.state()).as(busy::toString).isEqualTo(State.FAILED);
    assertThat(busy.findings().getFirst().text().startsWith("The tool was busy for "))
        .as(busy::toString)
        .isTrue();
    assertThat(busy.observed().size()).isEqualTo(1);
  }
}
