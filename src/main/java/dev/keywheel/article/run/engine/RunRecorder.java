package dev.keywheel.article.run.engine;

import static dev.keywheel.db.schema.Tables.ARTICLES;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.engine.OperationResult.Finished;
import dev.keywheel.article.run.model.OperationState;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.run.model.PlanChange;
import dev.keywheel.article.run.model.Run;
import dev.keywheel.article.run.model.RunLimits;
import dev.keywheel.article.run.store.OperationRepository;
import dev.keywheel.article.run.store.PartRepository;
import dev.keywheel.article.run.store.PartRepository.NewPart;
import dev.keywheel.article.run.store.RunLogMessages;
import dev.keywheel.article.run.store.RunRepository;
import dev.keywheel.assignment.RunFence;
import dev.keywheel.assignment.RunFencedException;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.Attempt;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What a worker writes about the run that it holds. Every write makes sure first that the run is
 * still its own; a worker that lost it gets {@link RunFencedException} and has changed nothing.
 */
final class RunRecorder {
  private final Database database;
  private final ExecutionLog log;
  private final Ids ids;
  private final InstantSource clock;
  private final Run run;
  private final RunLimits rule;
  private final RunRepository runs = new RunRepository();
  private final OperationRepository operations = new OperationRepository();
  private final PartRepository parts = new PartRepository();
  private final Instant deadline;
  private boolean warned;

  RunRecorder(
      Database database, ExecutionLog log, Ids ids, InstantSource clock, Run run, RunLimits rule) {
    this.database = database;
    this.log = log;
    this.ids = ids;
    this.clock = clock;
    this.run = run;
    this.rule = rule;
    this.deadline = clock.instant().plus(Duration.ofMinutes(RunLimits.MAX_MINUTES));
  }

  private RunFence lease() {
    return run.lease();
  }

  /**
   * The sentence that says which bound of the run is reached; empty while another call may be made.
   */
  synchronized Optional<String> exhausted(Operation operation) {
    if (clock.instant().isAfter(deadline)) {
      return Optional.of("The run has worked for " + RunLimits.MAX_MINUTES + " minutes.");
    }
    var used = database.read(dsl -> operations.used(dsl, run.id(), run.budgetSince()));
    if (used.calls() >= RunLimits.MAX_CALLS) {
      return Optional.of("The run has made its " + RunLimits.MAX_CALLS + " calls.");
    }
    if (used.completionTokens() >= RunLimits.MAX_TOKENS) {
      return Optional.of("The run has used " + RunLimits.MAX_TOKENS + " completion tokens.");
    }
    if (rule.cost().signum() > 0 && used.cost().compareTo(rule.cost()) >= 0) {
      return Optional.of("The run has reached its cost limit of $" + rule.cost() + ".");
    }
    if (used.calls() >= RunLimits.WARN_CALLS && !warned) {
      warned = true;
      note(
          List.of(
              LogLine.warn(
                      "budget.warning",
                      "💰 " + used.calls() + " of " + RunLimits.MAX_CALLS + " calls used")
                  .of(operation.number())));
    }
    return Optional.empty();
  }

  void begin(Operation operation) {
    database.runTx(
        tx -> {
          runs.hold(tx, lease());
          operations.begin(tx, run.id(), operation.number(), clock.instant());
        });
  }

  void waitingForKey(Operation operation) {
    database.runTx(
        tx -> {
          runs.hold(tx, lease());
          operations.state(
              tx,
              run.id(),
              List.of(operation.number()),
              OperationState.RUNNING,
              OperationState.WAITING_KEY);
        });
  }

  /** Shown with the operation until its next call begins. */
  void waitsForModel(Operation operation, Instant until, String why) {
    database.runTx(
        tx -> {
          runs.hold(tx, lease());
          operations.waits(tx, run.id(), operation.number(), until, why);
          var line = RunLogMessages.waitsForModel(operation, until, why);
          log.append(tx, run.id(), clock.instant(), List.of(line));
        });
  }

  void ready(List<Integer> ordinals) {
    if (ordinals.isEmpty()) {
      return;
    }
    database.runTx(
        tx -> {
          runs.hold(tx, lease());
          operations.state(tx, run.id(), ordinals, OperationState.PENDING, OperationState.READY);
        });
  }

  void invalid(Attempt attempt) {
    database.runTx(tx -> operations.invalid(tx, attempt.id()));
  }

  void note(List<LogLine> lines) {
    database.runTx(
        tx -> {
          runs.hold(tx, lease());
          log.append(tx, run.id(), clock.instant(), lines);
        });
  }

  /** The end of an operation: its parts, its state and its lines, all or nothing. */
  void end(Operation operation, Finished end) {
    database.runTx(
        tx -> {
          runs.hold(tx, lease());
          var now = clock.instant();
          parts.hold(tx, run.articleId());
          var lines = new ArrayList<>(end.lines());
          UUID made = null;
          for (var part : end.parts()) {
            if (lockedMeanwhile(tx, part.name())) {
              lines.add(lockedMeanwhile(operation, part.name()));
              continue;
            }
            var id = insert(tx, part, end);
            made = made == null ? id : made;
          }
          var record =
              new OperationRepository.End(
                  end.state(), end.warnings(), made, end.inputsHash(), end.code(), end.text());
          if (!operations.end(tx, run.id(), operation.number(), record, now)) {
            throw new RunFencedException();
          }
          if (operation == Operation.IMAGE) {
            operations.forgetPicture(tx, run.id());
          }
          lines.add(line(operation, end));
          log.append(tx, run.id(), now, lines);
        });
  }

  /** Somebody edited it while it was written: what a person wrote wins. */
  private boolean lockedMeanwhile(Tx tx, PartName part) {
    return parts.current(tx.dsl(), run.articleId(), part).filter(Part::locked).isPresent();
  }

  private static LogLine lockedMeanwhile(Operation operation, PartName part) {
    return LogLine.warn(
            "op.kept",
            "📌 "
                + part.label()
                + ": a person has locked it meanwhile; what came back was not taken")
        .of(operation.number());
  }

  private UUID insert(Tx tx, OperationResult.NewBody part, Finished end) {
    var id = ids.next();
    var now = clock.instant();
    var attempt = end.attempt();
    var before = PartSet.of(parts.current(tx.dsl(), run.articleId()));
    boolean local = part.image() != null && attempt == null;
    parts.insert(
        tx,
        new NewPart(
            id,
            run.articleId(),
            part.name(),
            local ? "local" : "run",
            run.id(),
            attempt == null ? null : attempt.id(),
            part.body(),
            part.image(),
            part.checks(),
            end.inputsHash(),
            false,
            null,
            run.startedBy()),
        now);
    if (part.body() instanceof ToolBody tool && differs(before, tool)) {
      // In a whole run review and guide are made after it; here, or when they fail, they are old.
      var resting =
          run.inputs().only() == Operation.TOOL.number()
              ? List.of(PartName.REVIEW, PartName.GUIDE)
              : List.of(PartName.GUIDE);
      parts.stale(tx, run.articleId(), resting);
    }
    if (part.body() instanceof PagePlan plan) {
      tx.dsl()
          .update(ARTICLES)
          .set(ARTICLES.TITLE, plan.title())
          .set(ARTICLES.SLUG, plan.slug())
          .set(ARTICLES.TOPIC, run.inputs().wishes().topic())
          .set(ARTICLES.LANGUAGE, run.inputs().wishes().language())
          .where(ARTICLES.ID.eq(run.articleId()))
          .execute();
      before.plan().ifPresent(old -> follow(tx, before, new PlanChange(old, plan, false)));
    }
    tx.dsl()
        .update(ARTICLES)
        .set(ARTICLES.UPDATED_AT, now)
        // Whoever vouched for the article has not read this.
        .set(ARTICLES.STATE, "draft")
        .where(ARTICLES.ID.eq(run.articleId()))
        .execute();
    return id;
  }

  private static boolean differs(PartSet before, ToolBody tool) {
    return before.tool().filter(t -> t.document().html().equals(tool.document().html())).isEmpty();
  }

  /** A new plan: texts move with their headings, and what rests on the old one is stale. */
  private void follow(Tx tx, PartSet before, PlanChange change) {
    for (var part : PlanChange.WITH_HEADINGS) {
      move(tx, before, part, change.texts(part, before.body(part)));
    }
    parts.stale(tx, run.articleId(), change.stale());
  }

  private void move(Tx tx, PartSet before, PartName name, TextBody body) {
    var old = before.part(name);
    if (old.isPresent() && !before.texts(name).equals(body.texts())) {
      var moved =
          new NewPart(
              ids.next(),
              run.articleId(),
              name,
              old.get().origin(),
              run.id(),
              null,
              body,
              null,
              Map.of(),
              old.get().inputsHash(),
              old.get().locked(),
              null,
              run.startedBy());
      parts.insert(tx, moved, clock.instant());
    }
  }

  private static LogLine line(Operation operation, Finished end) {
    var text = end.text() == null ? "" : end.text();
    var attempt = end.attempt();
    var line =
        switch (end.state()) {
          case SUCCEEDED ->
              attempt == null
                  ? LogLine.info(
                      "op.kept",
                      "📌 " + operation.label() + ": a person's version is locked and was kept")
                  : LogLine.info(
                      "op.succeeded",
                      "✅ "
                          + operation.label()
                          + " completed successfully - key "
                          + attempt.keyName()
                          + " marked as active");
          case DEGRADED ->
              operation == Operation.IMAGE
                  ? LogLine.warn(
                      "op.degraded",
                      "🖼️ "
                          + operation.label()
                          + " failed, local cover used ("
                          + lower(text)
                          + ")")
                  : LogLine.warn(
                      "op.degraded",
                      "⚠️ "
                          + operation.label()
                          + (OperationResult.GAP.equals(end.code())
                              ? " completed with a gap: "
                              : " completed, not without a flaw: ")
                          + text);
          case SKIPPED ->
              LogLine.info("op.skipped", "⏭️ " + operation.label() + " skipped: " + text);
          case FAILED, CANCELLED, PENDING, READY, RUNNING, WAITING_KEY, REPAIRING ->
              LogLine.error("op.failed", "❌ " + operation.label() + " failed: " + text);
        };
    var of = line.of(operation.number());
    return attempt == null ? of : of.about(attempt.keyId());
  }

  private static String lower(String sentence) {
    var shown = sentence.replace("A cover drawn here is used. ", "").replaceAll("\\.$", "");
    return shown.isEmpty()
        ? "no reason given"
        : shown.substring(0, 1).toLowerCase(Locale.ROOT) + shown.substring(1);
  }
}
