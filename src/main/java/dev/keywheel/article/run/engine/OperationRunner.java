package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Caller;
import dev.keywheel.article.operation.conversation.Conversation;
import dev.keywheel.article.operation.conversation.ConversationResult;
import dev.keywheel.article.operation.conversation.Operation;
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
import dev.keywheel.article.run.model.Headings;
import dev.keywheel.article.run.model.OperationModels;
import dev.keywheel.article.run.model.OperationState;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.run.model.Run;
import dev.keywheel.article.run.model.ToolExample;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.judge.ToolAssessment;
import dev.keywheel.db.Sha256;
import dev.keywheel.rotation.Attempt;
import dev.keywheel.rotation.AttemptCause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Does one operation: puts together what it works on, lets it talk, and says what has come of it.
 * Writes nothing.
 */
final class OperationRunner {
  private final ToolCheck toolCheck;
  private final ImageOperation imageOperation;

  OperationRunner(ToolCheck toolCheck) {
    this.toolCheck = toolCheck;
    this.imageOperation = new ImageOperation();
  }

  /**
   * What an operation works with: its run, the parts there are, and the way to the models.
   *
   * @param toolWriter the model that wrote the tool in this run, when one did
   */
  record Task(
      Run run,
      Operation step,
      PartSet material,
      OperationModels models,
      Caller caller,
      AttemptCause first,
      @Nullable String toolWriter) {
    ArticleRequest wishes() {
      return run.inputs().wishes();
    }

    String instruction() {
      return run.inputs().instructionFor(step.number());
    }
  }

  OperationResult work(Task task) {
    if (locked(task, PartName.ofOperation(task.step().number()))
        || task.step() == Operation.VALIDATOR && locked(task, PartName.TOOL)) {
      return new Finished(
          OperationState.SUCCEEDED,
          List.of(),
          List.of("A person's version is locked and was kept."),
          null,
          null,
          null,
          null,
          List.of());
    }
    if (task.step() == Operation.META) {
      return text(
          task,
          new MetaOperation(task.wishes().and(task.instruction())),
          plan -> new NewBody(PartName.PLAN, plan, null, Map.of()));
    }
    var plan = task.material().plan();
    return plan.isEmpty()
        ? OperationResult.skipped("no_plan", "There is no plan of the page.")
        : withPlan(task, plan.get());
  }

  private static boolean locked(Task task, PartName part) {
    return task.material().part(part).filter(Part::locked).isPresent();
  }

  private OperationResult withPlan(Task task, PagePlan plan) {
    return switch (task.step()) {
      case META -> throw new IllegalStateException("The plan is made without a plan");
      case TOOL -> tool(task, plan);
      case VALIDATOR -> new ToolReview(task, plan, toolCheck).work();
      case GUIDE -> guide(task, plan);
      case SECTION_1 -> section(task, plan, 1);
      case SECTION_2 -> section(task, plan, 2);
      case FAQ -> faq(task, plan);
      case IMAGE -> imageOperation.work(task, plan);
    };
  }

  private OperationResult tool(Task task, PagePlan plan) {
    if (plan.tool().inputs().isEmpty() || plan.tool().outputs().isEmpty()) {
      return OperationResult.skipped(OperationResult.GAP, "The plan has no tool.");
    }
    boolean alone = task.run().inputs().only() == Operation.TOOL.number();
    var operationResult =
        text(
            task,
            new ToolOperation(task.wishes(), plan, task.instruction()),
            document -> toolPart(document, plan, task, alone));
    return alone && operationResult instanceof Finished made ? passed(made) : operationResult;
  }

  private NewBody toolPart(ToolDocument document, PagePlan plan, Task task, boolean alone) {
    var seen =
        ToolAssessment.of(
            document,
            task.wishes().language(),
            ToolAssessment.tests(plan.tool(), document, List.of()),
            toolCheck);
    var body =
        new ToolBody(document, alone && seen.acceptable(), "generator", seen.all(), seen.browser());
    return new NewBody(PartName.TOOL, body, null, Map.of());
  }

  /**
   * A tool made again by itself has no review after it: it takes the old one's place only when it
   * passes the checks of code.
   */
  private static Finished passed(Finished made) {
    var tool =
        made.parts().stream()
            .map(NewBody::body)
            .filter(ToolBody.class::isInstance)
            .map(ToolBody.class::cast)
            .findFirst();
    if (tool.isEmpty() || tool.get().accepted()) {
      return made;
    }
    var why =
        tool.get().findings().stream()
            .filter(Finding::isError)
            .limit(3)
            .map(f -> f.line(""))
            .toList();
    return OperationResult.failed(
        "tool_rejected",
        "The new tool did not pass and the old one was kept: " + String.join(" ", why));
  }

  private OperationResult guide(Task task, PagePlan plan) {
    var tool = task.material().tool().filter(ToolBody::accepted);
    if (tool.isEmpty()) {
      return OperationResult.skipped("no_tool", "There is no tool to explain.");
    }
    var operation =
        new GuideOperation(
            task.wishes(),
            plan.tool(),
            tool.get().document(),
            ToolExample.of(tool.get(), plan),
            task.instruction());
    return text(
        task,
        operation,
        texts -> textPart(PartName.GUIDE, new TextBody(texts, Map.of(), asked(task, texts))));
  }

  private OperationResult section(Task task, PagePlan plan, int number) {
    var name = number == 1 ? PartName.SECTION_1 : PartName.SECTION_2;
    boolean told = number == 2 && (task.run().mode().coherent() || task.run().inputs().only() != 0);
    var other = told ? task.material().texts(PartName.SECTION_1) : new Texts(Map.of());
    var heading = task.run().inputs().heading();
    var headings = Headings.of(plan, name);
    var operation = new SectionOperation(task.wishes(), plan, number, other);
    if (heading == null && task.instruction().isEmpty()) {
      return text(task, operation, texts -> textPart(name, headings.written(texts)));
    }
    var before = task.material().body(name);
    return text(
        task,
        operation.only(heading == null ? "" : heading, task.instruction()),
        texts -> {
          var fresh = headings.written(texts).asking(asked(task, texts));
          return textPart(
              name,
              heading == null ? headings.replaced(before, fresh) : headings.merged(before, fresh));
        });
  }

  /** The blocks that were written to a person's wish. */
  private static Set<String> asked(Task task, Texts texts) {
    return task.instruction().isEmpty() ? Set.of() : texts.blocks().keySet();
  }

  private OperationResult faq(Task task, PagePlan plan) {
    if (plan.faq().isEmpty()) {
      return OperationResult.skipped(OperationResult.GAP, "The plan has no questions.");
    }
    return text(
        task,
        new FaqOperation(
            task.wishes(),
            plan,
            List.of(
                task.material().texts(PartName.SECTION_1),
                task.material().texts(PartName.SECTION_2)),
            task.instruction()),
        texts ->
            textPart(
                PartName.FAQ,
                Headings.of(plan, PartName.FAQ).written(texts).asking(asked(task, texts))));
  }

  private static NewBody textPart(PartName name, TextBody body) {
    return new NewBody(name, body, null, Map.of());
  }

  private <V> OperationResult text(
      Task task, TextOperation<V> operation, Function<V, NewBody> part) {
    var conversation =
        new Conversation<>(
            operation, task.models().queue(task.step()), task.caller(), task.first());
    return switch (conversation.talk()) {
      case ConversationResult.Given<V>(var parsedReply, var attempt) ->
          given(operation, parsedReply, attempt, part);
      case ConversationResult.Failed<V>(var code, var why) -> OperationResult.failed(code, why);
      case ConversationResult.Stopped<V>(var result) -> new OperationResult.Stopped(result);
    };
  }

  private static <V> OperationResult given(
      TextOperation<V> operation,
      ParsedReply<V> parsedReply,
      Attempt attempt,
      Function<V, NewBody> part) {
    var value = Objects.requireNonNull(parsedReply.value());
    var made = part.apply(value);
    var checks =
        Map.of(
            "errors",
            parsedReply.errors(),
            "warnings",
            parsedReply.warnings(),
            "repairs",
            parsedReply.repairs());
    var body = new NewBody(made.name(), made.body(), made.image(), checks);
    var prompt = operation.prompt();
    var hash = Sha256.hex(prompt.system() + "\n" + prompt.user());
    var warnings = new ArrayList<>(parsedReply.errors());
    warnings.addAll(parsedReply.warnings());
    parsedReply.repairs().stream()
        .distinct()
        .map(r -> "Repaired: " + r + ".")
        .forEach(warnings::add);
    var gap = operation.remainder(value, parsedReply.errors()).gap();
    var state = parsedReply.good() ? OperationState.SUCCEEDED : OperationState.DEGRADED;
    var code = gap.isPresent() ? OperationResult.GAP : parsedReply.good() ? null : "errors_left";
    var text =
        gap.orElse(
            parsedReply.good()
                ? null
                : parsedReply.errors().isEmpty()
                    ? "The answer was cut."
                    : parsedReply.errors().getFirst());
    return new Finished(
        state, List.of(body), List.copyOf(warnings), code, text, hash, attempt, List.of());
  }
}
