package dev.keywheel.article.run;

import dev.keywheel.article.operation.Caller;
import dev.keywheel.article.operation.Conversation;
import dev.keywheel.article.operation.Draft;
import dev.keywheel.article.operation.FaqOperation;
import dev.keywheel.article.operation.GuideOperation;
import dev.keywheel.article.operation.MetaOperation;
import dev.keywheel.article.operation.RequestHash;
import dev.keywheel.article.operation.SectionOperation;
import dev.keywheel.article.operation.Step;
import dev.keywheel.article.operation.Talked;
import dev.keywheel.article.operation.TextOperation;
import dev.keywheel.article.operation.ToolOperation;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.plan.Wishes;
import dev.keywheel.article.run.Ended.Finished;
import dev.keywheel.article.run.Ended.NewBody;
import dev.keywheel.article.run.PartBodies.TextBody;
import dev.keywheel.article.run.PartBodies.ToolBody;
import dev.keywheel.article.tool.Examined;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.rotation.Cause;
import dev.keywheel.rotation.SentAttempt;
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
final class Worker {
  private final ToolCheck toolCheck;
  private final Pictures pictures;

  Worker(ToolCheck toolCheck) {
    this.toolCheck = toolCheck;
    this.pictures = new Pictures();
  }

  /**
   * What an operation works with: its run, the parts there are, and the way to the models.
   *
   * @param toolWriter the model that wrote the tool in this run, when one did
   */
  record Task(
      Run run,
      Step step,
      Material material,
      OperationModels models,
      Caller caller,
      Cause first,
      @Nullable String toolWriter) {
    Wishes wishes() {
      return run.inputs().wishes();
    }

    String instruction() {
      return run.inputs().instructionFor(step.number());
    }
  }

  Ended work(Task task) {
    if (locked(task, PartName.ofOperation(task.step().number()))
        || task.step() == Step.VALIDATOR && locked(task, PartName.TOOL)) {
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
    if (task.step() == Step.META) {
      return text(
          task,
          new MetaOperation(task.wishes().and(task.instruction())),
          plan -> new NewBody(PartName.PLAN, plan, null, Map.of()));
    }
    var plan = task.material().plan();
    return plan.isEmpty()
        ? Ended.skipped("no_plan", "There is no plan of the page.")
        : withPlan(task, plan.get());
  }

  private static boolean locked(Task task, PartName part) {
    return task.material().part(part).filter(PartRows.Part::locked).isPresent();
  }

  private Ended withPlan(Task task, PagePlan plan) {
    return switch (task.step()) {
      case META -> throw new IllegalStateException("The plan is made without a plan");
      case TOOL -> tool(task, plan);
      case VALIDATOR -> new ToolReview(task, plan, toolCheck).work();
      case GUIDE -> guide(task, plan);
      case SECTION_1 -> section(task, plan, 1);
      case SECTION_2 -> section(task, plan, 2);
      case FAQ -> faq(task, plan);
      case IMAGE -> pictures.work(task, plan);
    };
  }

  private Ended tool(Task task, PagePlan plan) {
    if (plan.tool().inputs().isEmpty() || plan.tool().outputs().isEmpty()) {
      return Ended.skipped(Ended.GAP, "The plan has no tool.");
    }
    boolean alone = task.run().inputs().only() == Step.TOOL.number();
    var ended =
        text(
            task,
            new ToolOperation(task.wishes(), plan, task.instruction()),
            document -> toolPart(document, plan, task, alone));
    return alone && ended instanceof Finished made ? passed(made) : ended;
  }

  private NewBody toolPart(ToolDocument document, PagePlan plan, Task task, boolean alone) {
    var seen =
        Examined.of(
            document,
            task.wishes().language(),
            Examined.tests(plan.tool(), document, List.of()),
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
    return Ended.failed(
        "tool_rejected",
        "The new tool did not pass and the old one was kept: " + String.join(" ", why));
  }

  private Ended guide(Task task, PagePlan plan) {
    var tool = task.material().tool().filter(ToolBody::accepted);
    if (tool.isEmpty()) {
      return Ended.skipped("no_tool", "There is no tool to explain.");
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

  private Ended section(Task task, PagePlan plan, int number) {
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

  private Ended faq(Task task, PagePlan plan) {
    if (plan.faq().isEmpty()) {
      return Ended.skipped(Ended.GAP, "The plan has no questions.");
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

  private <V> Ended text(Task task, TextOperation<V> operation, Function<V, NewBody> part) {
    var conversation =
        new Conversation<>(
            operation, task.models().queue(task.step()), task.caller(), task.first());
    return switch (conversation.talk()) {
      case Talked.Given<V>(var draft, var attempt) -> given(operation, draft, attempt, part);
      case Talked.Failed<V>(var code, var why) -> Ended.failed(code, why);
      case Talked.Stopped<V>(var result) -> new Ended.Stopped(result);
    };
  }

  private static <V> Ended given(
      TextOperation<V> operation, Draft<V> draft, SentAttempt attempt, Function<V, NewBody> part) {
    var value = Objects.requireNonNull(draft.value());
    var made = part.apply(value);
    var checks =
        Map.of("errors", draft.errors(), "warnings", draft.warnings(), "repairs", draft.repairs());
    var body = new NewBody(made.name(), made.body(), made.image(), checks);
    var prompt = operation.prompt();
    var hash = RequestHash.of(prompt.system() + "\n" + prompt.user());
    var warnings = new ArrayList<>(draft.errors());
    warnings.addAll(draft.warnings());
    draft.repairs().stream().distinct().map(r -> "Repaired: " + r + ".").forEach(warnings::add);
    var gap = operation.remainder(value, draft.errors()).gap();
    var state = draft.good() ? OperationState.SUCCEEDED : OperationState.DEGRADED;
    var code = gap.isPresent() ? Ended.GAP : draft.good() ? null : "errors_left";
    var text =
        gap.orElse(
            draft.good()
                ? null
                : draft.errors().isEmpty() ? "The answer was cut." : draft.errors().getFirst());
    return new Finished(
        state, List.of(body), List.copyOf(warnings), code, text, hash, attempt, List.of());
  }
}
