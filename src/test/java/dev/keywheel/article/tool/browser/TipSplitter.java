package dev.keywheel.article.tool.browser;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.judge.TestCaseMapper;
import dev.keywheel.article.tool.judge.ToolAssessment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;

/** A correct tool, for tests that change a part of it. */
final class TipSplitter {
  static final ToolBrief BRIEF =
      new ToolBrief(
          "Tip splitter",
          "calculator",
          "Splits a bill",
          List.of(
              new ToolBrief.Input("bill", "Bill", "number", null, 0.0, null, null, "80"),
              new ToolBrief.Input("people", "People", "number", null, null, null, null, "4")),
          List.of(new ToolBrief.Output("each", "Each pays", null)),
          "bill / people",
          List.of(split("4", 20)));

  static final String GOOD =
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

  private TipSplitter() {}

  static BrowserCheck check(BrowserToolCheck browser, String html) {
    var tool = ToolDocument.of(html, BRIEF, "en");
    return browser.check(tool, ToolAssessment.tests(BRIEF, tool, List.of()));
  }

  static BrowserCheck check(BrowserToolCheck browser, String html, ToolTest... tests) {
    var tool = ToolDocument.of(html, BRIEF, "en");
    var mapper = new TestCaseMapper(BRIEF, tool);
    return browser.check(
        tool, Stream.of(tests).map(t -> new TestCase("plan", mapper.fitted(t))).toList());
  }

  static ToolTest split(String people, double each) {
    var set = new LinkedHashMap<String, String>();
    set.put("bill", "80");
    set.put("people", people);
    return new ToolTest(set, List.of(new Expect("each", each, 0.01, null, null)));
  }
}
