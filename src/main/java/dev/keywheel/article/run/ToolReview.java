package dev.keywheel.article.run;

import dev.keywheel.article.operation.Conversation;
import dev.keywheel.article.operation.Draft;
import dev.keywheel.article.operation.Talked;
import dev.keywheel.article.operation.ValidatorOperation;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.Ended.Finished;
import dev.keywheel.article.run.Ended.NewBody;
import dev.keywheel.article.run.PartBodies.ReviewBody;
import dev.keywheel.article.run.PartBodies.ToolBody;
import dev.keywheel.article.run.Worker.Task;
import dev.keywheel.article.tool.Acceptance;
import dev.keywheel.article.tool.Examined;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.tool.StaticRules;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.SentAttempt;
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

  Ended work() {
    var tool = task.material().tool();
    if (tool.isEmpty()) {
      return Ended.skipped("no_tool", "There is no tool to review.");
    }
    var language = task.wishes().language();
    var document = tool.get().document();
    // Operation 2 has had it tried in the browser already.
    var before =
        new Examined(document, StaticRules.check(document, language), tool.get().browser());
    var operation = new ValidatorOperation(task.wishes(), plan, before);
    var conversation =
        new Conversation<>(
            operation, task.models().checker(task.toolWriter()), task.caller(), task.first());
    return switch (conversation.talk()) {
      case Talked.Given<Review>(var draft, var attempt) ->
          reviewed(conversation, operation, before, tool.get(), draft, attempt);
      case Talked.Failed<Review>(var code, var why) -> unreviewed(before, tool.get(), code, why);
      case Talked.Stopped<Review>(var result) -> new Ended.Stopped(result);
    };
  }

  private Ended reviewed(
      Conversation<Review> conversation,
      ValidatorOperation operation,
      Examined before,
      ToolBody tool,
      Draft<Review> draft,
      SentAttempt attempt) {
    var review = Objects.requireNonNull(draft.value());
    var language = task.wishes().language();
    var taken = Acceptance.of(before, tool.source(), review, plan.tool(), language, check);
    if (!taken.taken().acceptable()) {
      switch (conversation.correct(draft, operation.stillWrong(taken.taken()))) {
        case Talked.Given<Review>(var again, var _)
            when again.value() != null && again != draft -> {
          review = again.value();
          taken =
              Acceptance.of(taken.taken(), taken.source(), review, plan.tool(), language, check);
        }
        case Talked.Given<Review> _, Talked.Failed<Review> _ -> {
          // No better review was to be had: the first one decides.
        }
        case Talked.Stopped<Review>(var result) -> {
          return new Ended.Stopped(result);
        }
      }
    }
    return decided(taken, review, draft, attempt);
  }

  private Ended decided(Acceptance taken, Review review, Draft<Review> draft, SentAttempt attempt) {
    boolean accepted = taken.taken().acceptable();
    var warnings = new ArrayList<String>();
    review.issues().forEach(i -> warnings.add("Reviewer (" + i.severity() + "): " + i.problem()));
    taken.taken().all().stream().map(f -> f.line("")).forEach(warnings::add);
    disputes(taken.taken()).forEach(warnings::add);
    warnings.addAll(draft.warnings());
    var parts =
        List.of(
            toolPart(taken.taken(), accepted, taken.source()),
            new NewBody(
                PartName.REVIEW,
                new ReviewBody(review, taken.decision()),
                null,
                Map.of("errors", draft.errors(), "repairs", draft.repairs())));
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

  private Ended unreviewed(Examined before, ToolBody tool, String code, String why) {
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

  private static NewBody toolPart(Examined tool, boolean accepted, String source) {
    return new NewBody(
        PartName.TOOL,
        new ToolBody(tool.tool(), accepted, source, tool.all(), tool.browser()),
        null,
        Map.of());
  }

  private static List<String> disputes(Examined tool) {
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

  private static String firstErrors(Examined tool) {
    return String.join(
        " ", tool.all().stream().filter(Finding::isError).limit(3).map(f -> f.line("")).toList());
  }

  private LogLine checked(Examined tool) {
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
