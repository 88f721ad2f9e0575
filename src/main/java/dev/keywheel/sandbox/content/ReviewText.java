package dev.keywheel.sandbox.content;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.ChatCall;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.faults.ToolFault;
import java.util.Optional;

/**
 * The reviewer's answer: the test cases of the brief as checks, and the correct document if the
 * reviewed document has a fault.
 */
record ReviewText(JsonNode brief, String correct, String document) {

  String text(ChatCall call) {
    var fault = ToolFault.in(document, correct, new ToolHtml(brief).tool().wrongDivisor());
    var complained = call.reasked() || call.lastUser().contains("error");
    var passes =
        document.isEmpty()
            || ToolFault.differOnlyInSpace(document, correct)
            || (fault.isEmpty() && !complained);
    var verdict = ContentWriter.fenced("json", SandboxJson.pretty(verdict(passes, fault)));
    return passes ? verdict : verdict + "\n\n" + ContentWriter.fenced("html", correct);
  }

  private ObjectNode verdict(boolean passes, Optional<ToolFault> fault) {
    var verdict = SandboxJson.object().put("verdict", passes ? "pass" : "fixed");
    var issues = verdict.putArray("issues");
    if (!passes) {
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
              fault.map(ToolFault::fix).orElse("What the brief does not ask for was removed."));
    }
    var checks = verdict.putArray("checks");
    for (var test : brief.path("tests")) {
      checks.add(((ObjectNode) test.deepCopy()).put("why", "Follows from the rule of the brief."));
    }
    return verdict;
  }
}
