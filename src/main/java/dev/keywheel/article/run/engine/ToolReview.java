package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Conversation;
import dev.keywheel.article.operation.conversation.ConversationResult;
import dev.keywheel.article.operation.conversation.ParsedReply;
import dev.keywheel.article.operation.tool.ValidatorOperation;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.engine.OperationResult.Finished;
import dev.keywheel.article.run.engine.OperationResult.NewBody;
import dev.keywheel.article.run.engine.OperationRunner.Task;
import dev.keywheel.article.run.model.OperationState;
import dev.keywheel.article.run.model.PartBodies.ReviewBody;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.tool.judge.ToolAssessment;
import dev.keywheel.article.tool.judge.VersionSelection;
import dev.keywheel.article.tool.rules.ToolLinter;
import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.Attempt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Operation 3: has the tool reviewed and takes the better version. A tool that passes the checks of
 * code is published even when no reviewer could be had; one that does not pass is kept for its
 * editor and not published.
 */
final class ToolReview {
  private final Task task;
  private final PagePlan plan;
  private final ToolCheck check;

  ToolReview(Task task, PagePlan plan, ToolCheck check) {
    this.task = task;
    this.plan = plan;
    this.check = check;
  }

  OperationResult work() {
    var tool = task.material().tool();
    if (tool.isEmpty()) {
      return OperationResult.skipped("no_tool", "There is no tool to review.");
    }
    var language = task.wishes().language();
    var document = tool.get().document();
    // Operation 2 has had it tried in the browser already.
    var before =
        new ToolAssessment(document, ToolLinter.check(document, language), tool.get().browser());
    var operation = new ValidatorOperation(task.wishes(), plan, before);
    var conversation =
        new Conversation<>(
            operation, task.models().checker(task.toolWriter()), task.caller(), task.first());
    return switch (conversation.talk()) {
      case ConversationResult.Given<Review>(var parsedReply, var attempt) ->
          reviewed(conversation, operation, before, tool.get(), parsedReply, attempt);
      case ConversationResult.Failed<Review>(var code, var why) ->
          unreviewed(before, tool.get(), code, why);
      case ConversationResult.Stopped<Review>(var result) -> new OperationResult.Stopped(result);
    };
  }

  private OperationResult reviewed(
      Conversation<Review> conversation,
      ValidatorOperation operation,
      ToolAssessment before,
      ToolBody tool,
      ParsedReply<Review> parsedReply,
      Attempt attempt) {
    var review = Objects.requireNonNull(parsedReply.value());
    var language = task.wishes().language();
    var taken = VersionSelection.of(before, tool.source(), review, plan.tool(), language, check);
    if (!taken.taken().acceptable()) {
      switch (conversation.correct(parsedReply, operation.stillWrong(taken.taken()))) {
        case ConversationResult.Given<Review>(var again, var _)
            when again.value() != null && again != parsedReply -> {
          review = again.value();
          taken =
              VersionSelection.of(
                  taken.taken(), taken.source(), review, plan.tool(), language, check);
        }
        case ConversationResult.Given<Review> _, ConversationResult.Failed<Review> _ -> {
          // No better review was to be had: the first one decides.
        }
        case ConversationResult.Stopped<Review>(var result) -> {
          return new OperationResult.Stopped(result);
        }
      }
    }
    return decided(taken, review, parsedReply, attempt);
  }

  private OperationResult decided(
      VersionSelection taken, Review review, ParsedReply<Review> parsedReply, Attempt attempt) {
    boolean accepted = taken.taken().acceptable();
    var warnings = new ArrayList<String>();
    review.issues().forEach(i -> warnings.add("Reviewer (" + i.severity() + "): " + i.problem()));
    taken.taken().all().stream().map(f -> f.line("")).forEach(warnings::add);
    disputes(taken.taken()).forEach(warnings::add);
    warnings.addAll(parsedReply.warnings());
    var parts =
        List.of(
            toolPart(taken.taken(), accepted, taken.source()),
            new NewBody(
                PartName.REVIEW,
                new ReviewBody(review, taken.decision()),
                null,
                Map.of("errors", parsedReply.errors(), "repairs", parsedReply.repairs())));
    var decision =
        accepted
            ? LogLine.info("tool.accepted", "🛠️ Tool accepted: " + taken.source() + "'s version")
            : LogLine.error("tool.rejected", "🛠️ Tool rejected: " + firstErrors(taken.taken()));
    var lines = List.of(checked(taken.taken()), decision.of(task.step().number()));
    return accepted
        ? new Finished(OperationState.SUCCEEDED, parts, warnings, null, null, null, attempt, lines)
        : new Finished(
            OperationState.FAILED,
            parts,
            warnings,
            "tool_rejected",
            "The tool did not pass: " + firstErrors(taken.taken()),
            null,
            attempt,
            lines);
  }

  private OperationResult unreviewed(
      ToolAssessment before, ToolBody tool, String code, String why) {
    var lines = List.of(checked(before));
    if (!before.acceptable()) {
      return new Finished(
          OperationState.FAILED,
          List.of(toolPart(before, false, tool.source())),
          List.of(),
          code,
          "The tool did not pass (" + firstErrors(before) + ") and could not be corrected. " + why,
          null,
          null,
          lines);
    }
    return new Finished(
        OperationState.DEGRADED,
        List.of(toolPart(before, true, tool.source())),
        List.of(),
        "not_reviewed",
        "The tool passed the checks of code and was not reviewed by a model. " + why,
        null,
        null,
        lines);
  }

  private static NewBody toolPart(ToolAssessment tool, boolean accepted, String source) {
    return new NewBody(
        PartName.TOOL,
        new ToolBody(tool.tool(), accepted, source, tool.all(), tool.browser()),
        null,
        Map.of());
  }

  private static List<String> disputes(ToolAssessment tool) {
    return tool.browser().observed().stream()
        .filter(o -> !o.passed())
        .map(
            o ->
                "Source \""
                    + o.test().source()
                    + "\" expects another result: "
                    + tool.difference(o)
                    + ".")
        .toList();
  }

  private static String firstErrors(ToolAssessment tool) {
    return String.join(
        " ", tool.all().stream().filter(Finding::isError).limit(3).map(f -> f.line("")).toList());
  }

  private LogLine checked(ToolAssessment tool) {
    var seen = tool.browser();
    var browser =
        switch (seen.state()) {
          case NOT_RUN -> "not run in a browser: " + seen.why();
          case NOT_COMPARED -> "not compared with any expected number (headless)";
          case PASSED, FAILED ->
              seen.passed() + " of " + seen.observed().size() + " tests passed (headless)";
        };
    return LogLine.info(
            "tool.checked",
            "🧪 Tool checked: "
                + count(tool.errors() + tool.failures(), "error")
                + ", "
                + count(tool.warnings(), "warning")
                + ", "
                + browser)
        .of(task.step().number());
  }

  private static String count(int n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }
}
