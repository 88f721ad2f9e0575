package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * The reviewer's answer: expected values worked out in Java from the brief, and the sound document
 * where it differs.
 */
final class ValidationText {

  private final ToolBrief brief;
  private final String sound;
  private final String document;
  private final ToolFamily family;

  ValidationText(ToolBrief brief, String sound, String document) {
    this.brief = brief;
    this.sound = sound;
    this.document = document;
    this.family = ToolFamily.of(brief).orElseGet(FallbackTool::new);
  }

  String text(ChatCall call) {
    if (document.isEmpty() || ToolFault.same(document, sound)) {
      return Content.fenced("json", Json.pretty(verdict("pass", Optional.empty())));
    }
    var fault = ToolFault.in(document, sound, family);
    if (fault.isEmpty() && !call.reasked() && !call.lastUser().contains("error")) {
      return Content.fenced("json", Json.pretty(verdict("pass", Optional.empty())));
    }
    return Content.fenced("json", Json.pretty(verdict("fixed", fault)))
        + "\n\n"
        + Content.fenced("html", sound);
  }

  private ObjectNode verdict(String word, Optional<ToolFault> fault) {
    var verdict = Json.object().put("verdict", word);
    var issues = verdict.putArray("issues");
    if (word.equals("fixed")) {
      issues
          .addObject()
          .put("severity", "error")
          .put("where", "document")
          .put(
              "problem",
              "The tool "
                  + fault.map(ToolFault::problem).orElse("does more than its brief asks for")
                  + ".")
          .put(
              "fix",
              fault.map(ToolFault::fix).orElse("What the brief does not ask for was taken out."));
    }
    var checks = verdict.putArray("checks");
    ToolPage.tests(family, brief)
        .forEach(
            test -> {
              var check = (ObjectNode) ToolBrief.testsJson(java.util.List.of(test)).get(0);
              checks.add(
                  check.put(
                      "why",
                      "Worked out from the rule of the brief: " + firstSentence(brief.rule())));
            });
    return verdict;
  }

  private static String firstSentence(String rule) {
    var end = rule.indexOf(". ");
    return end < 0 ? rule : rule.substring(0, end + 1);
  }
}
