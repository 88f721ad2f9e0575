package dev.keywheel.article.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.support.Chromium;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BrowserToolCheckTest {
  private static BrowserToolCheck browser;

  private static final ToolBrief BRIEF =
      new ToolBrief(
          "Tip splitter",
          "calculator",
          "Splits a bill",
          List.of(
              new ToolBrief.Input("bill", "Bill", "number", null, null, null, null, "80"),
              new ToolBrief.Input("people", "People", "number", null, null, null, null, "4")),
          List.of(new ToolBrief.Output("each", "Each pays", null)),
          "bill / people",
          List.of(
              new ToolTest(
                  Map.of("bill", "80", "people", "4"),
                  List.of(new Expect("each", 20.0, 0.01, null, null)))));

  private static final String GOOD =
      """
      <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <title>Tip</title><style>input{max-width:100%}</style></head><body><h1>Tip splitter</h1>
      <form id="tool-form"><label for="bill">Bill</label><input id="bill" type="number" value="10">
      <label for="people">People</label><input id="people" type="number" value="2">
      <button id="tool-run" type="submit">Split</button></form>
      <p id="tool-message" role="status"></p><output id="each" aria-live="polite"></output>
      <script>document.getElementById("tool-form").addEventListener("submit",e=>{e.preventDefault();
      const b=parseFloat(document.getElementById("bill").value),p=parseFloat(document.getElementById("people").value);
      const m=document.getElementById("tool-message"),o=document.getElementById("each");
      if(!(p>0)||!(b>=0)){m.textContent="Enter a bill and at least one person.";o.textContent="";return}
      m.textContent="";o.textContent=(b/p).toFixed(2)});</script></body></html>
      """;

  @BeforeAll
  static void start() {
    browser = new BrowserToolCheck(Chromium.executable());
  }

  @AfterAll
  static void stop() {
    browser.close();
  }

  private static BrowserCheck check(String html) {
    var tool = ToolDocument.of(html, BRIEF, "en");
    return browser.check(tool, Examined.tests(BRIEF, tool, List.of()));
  }

  private static BrowserCheck check(String html, ToolTest... tests) {
    return browser.check(
        ToolDocument.of(html, BRIEF, "en"),
        Stream.of(tests).map(t -> new TestCase("plan", t)).toList());
  }

  private static void finds(String rule, String html) {
    var seen = check(html);
    assertEquals(State.FAILED, seen.state(), seen::toString);
    assertTrue(seen.findings().stream().anyMatch(f -> f.rule().equals(rule)), seen::toString);
  }

  @Test
  void a_good_tool_passes_with_what_it_showed() {
    var seen = check(GOOD);
    assertEquals(State.PASSED, seen.state(), seen::toString);
    assertEquals(Map.of("each", "20.00"), seen.observed().getFirst().outputs());
    assertEquals(List.of(), seen.findings());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<script type='application/json' id='tool-manifest'>{\"trigger\":\"\",\"inputs\":[{\"id\":\"bill\"},{\"id\":\"people\"}],\"outputs\":[{\"id\":\"each\"}]}</script>"
      })
  void a_tool_without_a_button_is_run_by_what_is_typed(String manifest) {
    var seen =
        check(
            GOOD.replace("<button id=\"tool-run\" type=\"submit\">Split</button>", "")
                .replace("\"submit\",e", "\"input\",e")
                .replace("</body>", manifest + "</body>"));
    assertEquals(State.PASSED, seen.state(), seen::toString);
    assertEquals(Map.of("each", "20.00"), seen.observed().getFirst().outputs());
  }

  @Test
  void a_wrong_divisor_is_seen_by_its_number() {
    var seen = check(GOOD.replace("(b/p)", "(b/(p+1))"));
    assertEquals(State.FAILED, seen.state());
    assertEquals(List.of("each"), seen.observed().getFirst().mismatches());
  }

  @Test
  void a_result_that_is_no_number_is_found() {
    finds("H05", GOOD.replace("if(!(p>0)||!(b>=0))", "if(false)"));
  }

  @Test
  void a_dead_button_is_found() {
    finds(
        "H04", GOOD.replace("id=\"tool-run\" type=\"submit\"", "id=\"tool-run\" type=\"button\""));
  }

  @Test
  void a_lost_id_is_found() {
    finds("H01", GOOD.replace("getElementById(\"each\")", "getElementById(\"eech\")"));
  }

  @Test
  void a_network_call_is_found_and_not_let_through() {
    finds(
        "H03",
        GOOD.replace(
            "m.textContent=\"\";o.",
            "fetch(\"https://example.com/?b=\"+b).catch(()=>{});m.textContent=\"\";o."));
  }

  @Test
  void a_layout_of_900_pixels_is_found() {
    finds("H07", GOOD.replace("input{max-width:100%}", "form{width:900px}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<script>doc|<script>while(true){}doc|while it loads",
        "e.preventDefault();|for(;;){if(window.zz)break}|with Bill = 80, People = 4",
        "e.preventDefault();|const t=Date.now();while(Date.now()-t<6000);|with Bill = 80, People = 4",
        "const b=|if(+document.getElementById('bill').value>1e9)while(true){}const b=|with huge fields",
        "e.preventDefault();|window['loc'+'ation'].reload();|with Bill = 80, People = 4",
      })
  void a_tool_whose_page_does_not_answer_has_failed_and_the_next_one_is_not_kept_waiting(
      String what, String by, String when) {
    assertTrue(GOOD.contains(what), what);
    var seen = check(GOOD.replace(what, by));
    assertEquals(State.FAILED, seen.state(), seen::toString);
    var gone = seen.findings().stream().filter(f -> f.rule().equals("H08")).findFirst();
    assertTrue(gone.orElseThrow().text().endsWith(when + "."), gone::toString);
    assertEquals(State.PASSED, check(GOOD).state());
  }

  @Test
  void a_tool_that_is_busy_for_long_is_not_tried_again_and_again() {
    var busy =
        check(
            GOOD.replace("e.preventDefault();", "const t=Date.now();while(Date.now()-t<2300);"),
            BRIEF.tests().getFirst(),
            BRIEF.tests().getFirst());
    assertEquals(State.FAILED, busy.state(), busy::toString);
    assertTrue(busy.findings().getFirst().text().startsWith("It was busy for 2"), busy::toString);
    assertEquals(1, busy.observed().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nowhere/chromium", "/bin/false"})
  void a_browser_that_is_missing_or_ends_is_not_run_and_never_passed(String path) {
    try (var none = new BrowserToolCheck(Path.of(path))) {
      var seen =
          none.check(
              ToolDocument.of(GOOD, BRIEF, "en"),
              List.of(new TestCase("plan", BRIEF.tests().getFirst())));
      assertEquals(State.NOT_RUN, seen.state());
    }
  }
}
