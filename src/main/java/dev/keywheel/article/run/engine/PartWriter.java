package dev.keywheel.article.run.engine;

import static dev.keywheel.db.schema.Tables.ARTICLES;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationLogMessages;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.engine.OperationResult.NewBody;
import dev.keywheel.article.run.engine.OperationResult.Output;
import dev.keywheel.article.run.model.Headings;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.run.model.PlanChange;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.article.store.PartRepository.NewPart;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.log.LogLine;
import dev.keywheel.run.Run;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Writes the parts that operations of a run made, and marks parts that depend on them as stale. */
final class PartWriter {
  private final Ids ids;
  private final InstantSource clock;
  private final Run run;
  private final PartRepository parts = new PartRepository();

  PartWriter(Ids ids, InstantSource clock, Run run) {
    this.ids = ids;
    this.clock = clock;
    this.run = run;
  }

  /**
   * Writes the parts of an output, except those that a user has locked since the operation began.
   *
   * @param lines receives a log line for each locked part
   */
  void write(Tx tx, Output output, OperationLogMessages messages, List<LogLine> lines) {
    PartRepository.lock(tx, run.articleId());
    for (var part : output.parts()) {
      if (parts.current(tx.dsl(), run.articleId(), part.name()).filter(Part::locked).isPresent()) {
        lines.add(messages.discarded(part.name().label()));
        continue;
      }
      insert(tx, part, output);
    }
  }

  private void insert(Tx tx, NewBody part, Output output) {
    var now = clock.instant();
    var attempt = output.attempt();
    var before = parts.current(tx.dsl(), run.articleId());
    var change = changeSince(output, before);
    boolean local = part.image() != null && attempt == null;
    parts.insert(
        tx,
        new NewPart(
            ids.next(),
            run.articleId(),
            part.name(),
            local ? "local" : "run",
            run.id(),
            attempt == null ? null : attempt.id(),
            current(part, change, before),
            part.image(),
            part.checks(),
            false,
            null,
            run.startedBy()),
        now);
    if (isStale(part.name(), output, change, before)) {
      parts.markStale(tx, run.articleId(), List.of(part.name()));
    }
    if (before.outdatesGuide(part.body())) {
      // The guide is stale until it is made again, and so is the review when only the tool is made.
      var dependent =
          RunInputs.of(run).only() == Operation.TOOL.number()
              ? List.of(PartName.REVIEW, PartName.GUIDE)
              : List.of(PartName.GUIDE);
      parts.markStale(tx, run.articleId(), dependent);
    }
    if (part.body() instanceof PagePlan plan) {
      tx.dsl()
          .update(ARTICLES)
          .set(ARTICLES.TITLE, plan.title())
          .set(ARTICLES.SLUG, plan.slug())
          .set(ARTICLES.TOPIC, RunInputs.of(run).wishes().topic())
          .set(ARTICLES.LANGUAGE, RunInputs.of(run).wishes().language())
          .where(ARTICLES.ID.eq(run.articleId()))
          .execute();
      before
          .plan()
          .ifPresent(old -> updateOtherParts(tx, before, new PlanChange(old, plan, false)));
    }
    tx.dsl()
        .update(ARTICLES)
        .set(ARTICLES.UPDATED_AT, now)
        .where(ARTICLES.ID.eq(run.articleId()))
        .execute();
    ArticleRepository.withdrawReview(tx, run.articleId());
  }

  /** How a user has changed the plan since the operation read it. */
  private static Optional<PlanChange> changeSince(Output output, PartSet now) {
    return output
        .inputs()
        .plan()
        .flatMap(used -> now.plan().map(plan -> new PlanChange(used, plan, true)));
  }

  /**
   * The body of a part under the current plan. A regenerated section keeps the blocks that were not
   * written again.
   */
  private Object current(NewBody part, Optional<PlanChange> change, PartSet now) {
    if (!(part.body() instanceof TextBody written) || change.isEmpty()) {
      return part.body();
    }
    var body = change.get().texts(part.name(), written);
    var inputs = RunInputs.of(run);
    var headings = Headings.of(change.get().to(), part.name());
    var before = now.body(part.name());
    if (inputs.heading() != null) {
      return headings.merged(before, headings.onlyPlanned(body));
    }
    boolean section = part.name() == PartName.SECTION_1 || part.name() == PartName.SECTION_2;
    return section && !inputs.instruction().isEmpty() ? headings.replaced(before, body) : body;
  }

  /** Whether a part was made from a plan or a tool that has been replaced since. */
  private static boolean isStale(
      PartName part, Output output, Optional<PlanChange> change, PartSet now) {
    boolean explainsTool = part == PartName.GUIDE || part == PartName.REVIEW;
    boolean unreviewed = part == PartName.TOOL && output.attempt() == null;
    return change.filter(plan -> plan.stale().contains(part)).isPresent()
        || (explainsTool && output.tool().filter(now::outdatesGuide).isPresent())
        || (unreviewed && now.part(part).filter(Part::stale).isPresent());
  }

  /** Moves texts with their headings to the new plan, and marks dependent parts as stale. */
  private void updateOtherParts(Tx tx, PartSet before, PlanChange change) {
    for (var part : PlanChange.WITH_HEADINGS) {
      move(tx, before, part, change.texts(part, before.body(part)));
    }
    parts.markStale(tx, run.articleId(), change.stale());
  }

  private void move(Tx tx, PartSet before, PartName name, TextBody body) {
    var old = before.part(name);
    if (old.isPresent() && !before.texts(name).equals(body.texts())) {
      var author = old.get().origin().equals("run") ? null : old.get().createdBy();
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
              old.get().locked(),
              null,
              Objects.requireNonNullElse(author, run.startedBy()));
      parts.insert(tx, moved, clock.instant());
    }
  }
}
