package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Caller;
import dev.keywheel.article.operation.conversation.Conversation;
import dev.keywheel.article.operation.conversation.ConversationResult;
import dev.keywheel.article.operation.conversation.ConversationResult.Usable;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.operation.conversation.ParsedReply;
import dev.keywheel.article.operation.conversation.TextOperation;
import dev.keywheel.article.operation.plan.MetaOperation;
import dev.keywheel.article.operation.text.FaqOperation;
import dev.keywheel.article.operation.text.GuideOperation;
import dev.keywheel.article.operation.text.SectionOperation;
import dev.keywheel.article.operation.tool.ToolOperation;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.run.engine.OperationResult.Finished;
import dev.keywheel.article.run.engine.OperationResult.NewBody;
import dev.keywheel.article.run.engine.OperationResult.Output;
import dev.keywheel.article.run.model.Headings;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.run.model.ToolExample;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.judge.ToolAssessment;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.Run;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs one operation: collects its inputs, conducts its conversation with the model, and returns
 * its result. Stores nothing.
 */
final class OperationRunner {
  private final ToolCheck toolCheck;

  OperationRunner(ToolCheck toolCheck) {
    this.toolCheck = toolCheck;
  }

  /**
   * The inputs of an operation.
   *
   * @param parts the current parts of the article
   * @param first cause of the first call
   * @param toolWriter the model that wrote the tool in this run, if any
   */
  record Task(
      Run run,
      Operation operation,
      PartSet parts,
      OperationModels models,
      Caller caller,
      AttemptCause first,
      @Nullable String toolWriter) {
    ArticleRequest articleRequest() {
      return RunInputs.of(run).wishes();
    }

    String instruction() {
      return RunInputs.of(run).instructionFor(operation.number());
    }
  }

  /** Blocks until the operation has ended or the run stops. */
  OperationResult work(Task task) {
    if (locked(task, PartName.ofOperation(task.operation().number()))
        || (task.operation() == Operation.VALIDATOR && locked(task, PartName.TOOL))) {
      return new OperationResult.Kept();
    }
    return switch (task.operation()) {
      case META -> plan(task);
      case TOOL -> withPlan(task, plan -> tool(task, plan));
      case VALIDATOR -> withPlan(task, plan -> new ToolReview(task, plan, toolCheck).work());
      case GUIDE -> withPlan(task, plan -> guide(task, plan));
      case SECTION_1 -> withPlan(task, plan -> section(task, plan, 1));
      case SECTION_2 -> withPlan(task, plan -> section(task, plan, 2));
      case FAQ -> withPlan(task, plan -> faq(task, plan));
      case IMAGE -> withPlan(task, plan -> ImageOperation.work(task, plan));
    };
  }

  private static OperationResult withPlan(Task task, Function<PagePlan, OperationResult> work) {
    return task.parts()
        .plan()
        .map(work)
        .orElseGet(() -> new OperationResult.Skipped(OperationError.NO_PLAN, ""));
  }

  private OperationResult plan(Task task) {
    var operation = new MetaOperation(task.articleRequest().withInstruction(task.instruction()));
    return text(task, operation, plan -> new NewBody(PartName.PLAN, plan));
  }

  private static boolean locked(Task task, PartName part) {
    return task.parts().part(part).filter(Part::locked).isPresent();
  }

  private OperationResult tool(Task task, PagePlan plan) {
    if (plan.tool().inputs().isEmpty() || plan.tool().outputs().isEmpty()) {
      return new OperationResult.Skipped(OperationError.GAP, "The plan has no tool.");
    }
    boolean alone = RunInputs.of(task.run()).only() == Operation.TOOL.number();
    var result =
        text(
            task,
            new ToolOperation(task.articleRequest(), plan, task.instruction()),
            document -> toolPart(document, plan, task, alone));
    return alone && result instanceof Finished made ? acceptedOnly(made) : result;
  }

  private NewBody toolPart(ToolDocument document, PagePlan plan, Task task, boolean alone) {
    var seen =
        ToolAssessment.of(
            document,
            task.articleRequest().language(),
            ToolAssessment.tests(plan.tool(), document, List.of()),
            toolCheck);
    var body =
        new ToolBody(document, alone && seen.acceptable(), "generator", seen.all(), seen.browser());
    return new NewBody(PartName.TOOL, body);
  }

  /**
   * A tool regenerated alone has no review after it: it replaces the old tool only if it passes the
   * automatic checks.
   */
  private static Finished acceptedOnly(Finished made) {
    var tool = made.output().tool();
    if (tool.isEmpty() || tool.get().accepted()) {
      return made;
    }
    var errors = Finding.errors(tool.get().findings(), 3);
    return new OperationResult.Failed(
        OperationError.TOOL_REJECTED,
        "The new tool did not pass and the old one was kept: " + String.join(" ", errors));
  }

  private OperationResult guide(Task task, PagePlan plan) {
    var tool = task.parts().tool().filter(ToolBody::accepted);
    if (tool.isEmpty()) {
      return new OperationResult.Skipped(OperationError.NO_TOOL, "There is no tool to explain.");
    }
    var operation =
        new GuideOperation(
            task.articleRequest(),
            plan.tool(),
            tool.get().document(),
            ToolExample.of(tool.get(), plan),
            task.instruction());
    return text(
        task,
        operation,
        texts ->
            new NewBody(
                PartName.GUIDE, new TextBody(texts, Map.of(), requestedBlocks(task, texts))));
  }

  private OperationResult section(Task task, PagePlan plan, int number) {
    var name = number == 1 ? PartName.SECTION_1 : PartName.SECTION_2;
    boolean seesSection1 =
        number == 2 && (task.run().mode().coherent() || RunInputs.of(task.run()).only() != 0);
    var other = seesSection1 ? task.parts().texts(PartName.SECTION_1) : new Texts(Map.of());
    var heading = RunInputs.of(task.run()).heading();
    var operation = new SectionOperation(task.articleRequest(), plan, number, other);
    return text(
        task,
        operation.only(heading == null ? "" : heading, task.instruction()),
        texts -> written(name, plan, task, texts));
  }

  /** Ids of the blocks that were written according to a user's instruction. */
  private static Set<String> requestedBlocks(Task task, Texts texts) {
    return task.instruction().isEmpty() ? Set.of() : texts.blocks().keySet();
  }

  private OperationResult faq(Task task, PagePlan plan) {
    if (plan.faq().isEmpty()) {
      return new OperationResult.Skipped(OperationError.GAP, "The plan has no questions.");
    }
    return text(
        task,
        new FaqOperation(
            task.articleRequest(),
            plan,
            List.of(task.parts().texts(PartName.SECTION_1), task.parts().texts(PartName.SECTION_2)),
            task.instruction()),
        texts -> written(PartName.FAQ, plan, task, texts));
  }

  private static NewBody written(PartName part, PagePlan plan, Task task, Texts texts) {
    var body = Headings.of(plan, part).written(texts);
    return new NewBody(part, body.withAsked(requestedBlocks(task, texts)));
  }

  private <V> OperationResult text(
      Task task, TextOperation<V> operation, Function<V, NewBody> part) {
    var conversation =
        new Conversation<>(
            operation, task.models().queue(task.operation()), task.caller(), task.first());
    return switch (conversation.run()) {
      case Usable<ParsedReply<V>>(var parsedReply, var attempt) ->
          finished(task, operation, parsedReply, attempt, part);
      case ConversationResult.Failed<ParsedReply<V>>(var error, var detail) ->
          new OperationResult.Failed(error, detail);
      case ConversationResult.Halted<ParsedReply<V>>(var halt) -> new OperationResult.Halted(halt);
    };
  }

  private static <V> OperationResult finished(
      Task task,
      TextOperation<V> operation,
      ParsedReply<V> parsedReply,
      Attempt attempt,
      Function<V, NewBody> part) {
    var value = Objects.requireNonNull(parsedReply.value());
    var made = part.apply(value);
    var errors = parsedReply.errors();
    var checks =
        Map.of(
            "errors", errors,
            "warnings", parsedReply.warnings(),
            "repairs", parsedReply.repairs());
    var body = new NewBody(made.name(), made.body(), made.image(), checks);
    var repairs = parsedReply.repairs().stream().distinct().map(r -> "Repaired: " + r + ".");
    var warnings =
        Stream.of(errors.stream(), parsedReply.warnings().stream(), repairs)
            .flatMap(texts -> texts)
            .toList();
    var output = new Output(task.parts(), List.of(body), warnings, attempt, List.of());
    var gap = operation.remainder(value, errors).gap();
    if (parsedReply.good() && gap.isEmpty()) {
      return new OperationResult.Succeeded(output);
    }
    if (gap.isPresent()) {
      return new OperationResult.Degraded(output, OperationError.GAP, gap.get());
    }
    return new OperationResult.Degraded(
        output,
        OperationError.ERRORS_LEFT,
        errors.isEmpty() ? "The answer was cut." : errors.getFirst());
  }
}
