package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Conversation;
import dev.keywheel.article.operation.conversation.ConversationResult;
import dev.keywheel.article.operation.conversation.ConversationResult.Usable;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.operation.conversation.OperationLogMessages;
import dev.keywheel.article.operation.conversation.ParsedReply;
import dev.keywheel.article.operation.tool.ValidatorOperation;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.engine.OperationResult.NewBody;
import dev.keywheel.article.run.engine.OperationResult.Output;
import dev.keywheel.article.run.engine.OperationRunner.Task;
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
import dev.keywheel.run.Attempt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Operation 3: has the tool reviewed and selects the better version. A tool that passes the
 * automatic checks is published even without a review. A tool that fails them is kept for the
 * editor but not published.
 */
final class ToolReview {
  private final Task task;
  private final PagePlan plan;
  private final ToolCheck check;
  private final OperationLogMessages messages;

  ToolReview(Task task, PagePlan plan, ToolCheck check) {
    this.task = task;
    this.plan = plan;
    this.check = check;
    this.messages = new OperationLogMessages(task.operation());
  }

  OperationResult work() {
    var tool = task.parts().tool();
    if (tool.isEmpty()) {
      return new OperationResult.Skipped(OperationError.NO_TOOL, "There is no tool to review.");
    }
    var language = task.articleRequest().language();
    var document = tool.get().document();
    // Operation 2 has already tested the tool in the browser.
    var before =
        new ToolAssessment(document, ToolLinter.check(document, language), tool.get().browser());
    var operation = new ValidatorOperation(task.articleRequest(), plan, before);
    var conversation =
        new Conversation<>(
            operation, task.models().checkerQueue(task.toolWriter()), task.caller(), task.first());
    return switch (conversation.run()) {
      case Usable<ParsedReply<Review>>(var parsedReply, var attempt) ->
          reviewed(conversation, operation, before, tool.get(), parsedReply, attempt);
      case ConversationResult.Failed<ParsedReply<Review>>(var error, var detail) ->
          unreviewed(before, tool.get(), error, detail);
      case ConversationResult.Halted<ParsedReply<Review>>(var halt) ->
          new OperationResult.Halted(halt);
    };
  }

  private OperationResult reviewed(
      Conversation<Review> conversation,
      ValidatorOperation operation,
      ToolAssessment before,
      ToolBody tool,
      ParsedReply<Review> parsedReply,
      Attempt attempt) {
    var selection = select(before, tool.source(), parsedReply);
    if (!selection.selected().acceptable()) {
      switch (conversation.correct(parsedReply, operation.stillWrong(selection.selected()))) {
        case Usable<ParsedReply<Review>>(var again, var correction)
            when again.value() != null && again != parsedReply -> {
          return decided(
              select(selection.selected(), selection.source(), again), again, correction);
        }
        case Usable<ParsedReply<Review>> _, ConversationResult.Failed<ParsedReply<Review>> _ -> {
          // There is no better review, so the first one is used.
        }
        case ConversationResult.Halted<ParsedReply<Review>>(var halt) -> {
          return new OperationResult.Halted(halt);
        }
      }
    }
    return decided(selection, parsedReply, attempt);
  }

  private VersionSelection select(
      ToolAssessment before, String source, ParsedReply<Review> parsedReply) {
    return VersionSelection.of(
        before, source, review(parsedReply), plan.tool(), task.articleRequest().language(), check);
  }

  private static Review review(ParsedReply<Review> parsedReply) {
    return Objects.requireNonNull(parsedReply.value());
  }

  private OperationResult decided(
      VersionSelection selection, ParsedReply<Review> parsedReply, Attempt attempt) {
    var review = review(parsedReply);
    boolean accepted = selection.selected().acceptable();
    var warnings = new ArrayList<String>();
    review.issues().forEach(i -> warnings.add("Reviewer (" + i.severity() + "): " + i.problem()));
    selection.selected().all().stream().map(f -> f.line("")).forEach(warnings::add);
    warnings.addAll(selection.selected().disputes());
    warnings.addAll(parsedReply.warnings());
    var parts =
        List.of(
            toolPart(selection.selected(), accepted, selection.source()),
            new NewBody(
                PartName.REVIEW,
                new ReviewBody(review, selection.decision()),
                null,
                Map.of("errors", parsedReply.errors(), "repairs", parsedReply.repairs())));
    var decision =
        accepted
            ? messages.toolAccepted(selection.source())
            : messages.toolRejected(firstErrors(selection.selected()));
    var output =
        new Output(
            task.parts(),
            parts,
            warnings,
            attempt,
            List.of(checked(selection.selected()), decision));
    return accepted
        ? new OperationResult.Succeeded(output)
        : new OperationResult.Failed(
            output,
            OperationError.TOOL_REJECTED,
            "The tool did not pass: " + firstErrors(selection.selected()));
  }

  private OperationResult unreviewed(
      ToolAssessment before, ToolBody tool, OperationError error, String detail) {
    boolean accepted = before.acceptable();
    var part = toolPart(before, accepted, tool.source());
    var output = new Output(task.parts(), List.of(part), List.of(), null, List.of(checked(before)));
    return accepted
        ? new OperationResult.Degraded(output, OperationError.NOT_REVIEWED, error.text(detail))
        : new OperationResult.Failed(
            output,
            error,
            "The tool did not pass (%s) and could not be corrected. %s"
                .formatted(firstErrors(before), error.text(detail)));
  }

  private static NewBody toolPart(ToolAssessment tool, boolean accepted, String source) {
    return new NewBody(
        PartName.TOOL, new ToolBody(tool.tool(), accepted, source, tool.all(), tool.browser()));
  }

  private static String firstErrors(ToolAssessment tool) {
    return String.join(" ", Finding.errors(tool.all(), 3));
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
    return messages.toolChecked(tool.errors() + tool.failures(), tool.warnings(), browser);
  }
}
