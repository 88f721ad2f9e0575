package dev.keywheel.article.edit;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.run.model.PlanChange;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.article.store.PartRepository.NewPart;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes a user's change to a part and its consequences: moved texts, stale parts, the article's
 * measures, and the audit log.
 */
final class PartChanges {
  private final Audit audit;
  private final Ids ids;
  private final InstantSource clock;
  private final ArticleRepository rows = new ArticleRepository();
  private final PartRepository parts = new PartRepository();

  PartChanges(Audit audit, Ids ids, InstantSource clock) {
    this.audit = audit;
    this.ids = ids;
    this.clock = clock;
  }

  byte @Nullable [] picture(Tx tx, UUID articleId, PartName part) {
    return part == PartName.IMAGE ? parts.picture(tx.dsl(), articleId).orElse(null) : null;
  }

  /**
   * Updates the other parts after a change of one: texts move with their headings, and dependent
   * parts become stale.
   */
  void updateOtherParts(Tx tx, UUID articleId, PartSet before, Object body, Principal who) {
    if (before.outdatesGuide(body)) {
      parts.markStale(tx, articleId, Set.of(PartName.GUIDE));
    }
    if (!(body instanceof PagePlan plan)) {
      return;
    }
    var change = new PlanChange(before.plan().orElse(plan), plan, true);
    for (var name : PlanChange.WITH_HEADINGS) {
      move(tx, articleId, name, before, change.texts(name, before.body(name)), who);
    }
    parts.markStale(tx, articleId, change.stale());
  }

  /**
   * Marks a saved tool as stale if its brief in the plan was changed while the tool was checked.
   *
   * @param before the parts when the check began
   * @param latest the parts now, read with the article's row locked
   */
  void markToolIfBriefChanged(
      Tx tx, UUID articleId, PartName part, PartSet before, PartSet latest) {
    if (part == PartName.TOOL
        && !before.plan().map(PagePlan::tool).equals(latest.plan().map(PagePlan::tool))) {
      parts.markStale(tx, articleId, Set.of(PartName.TOOL));
    }
  }

  private void move(
      Tx tx, UUID articleId, PartName part, PartSet before, TextBody body, Principal who) {
    var old = before.part(part);
    if (old.isPresent() && !before.texts(part).equals(body.texts())) {
      var origin = old.get().origin().equals("run") ? "run" : "edit";
      save(tx, articleId, part, origin, body, null, old.get().locked(), who);
    }
  }

  /**
   * Whether a part is locked after the save that followed {@code old} is undone. If a later version
   * exists, its lock is kept; otherwise the lock of {@code old} is restored.
   */
  boolean lockedBefore(PartSet now, Part old) {
    return now.part(old.name())
        .map(part -> part.version() == old.version() + 1 ? old.locked() : part.locked())
        .orElse(false);
  }

  void save(
      Tx tx,
      UUID articleId,
      PartName part,
      String origin,
      Object body,
      byte @Nullable [] image,
      boolean locked,
      Principal who) {
    var version =
        new NewPart(
            ids.next(),
            articleId,
            part,
            origin,
            null,
            null,
            body,
            image,
            Map.of(),
            locked,
            who.userId(),
            who.email());
    parts.insert(tx, version, clock.instant());
  }

  /**
   * Throws {@link Conflict} if another user or a run has saved a version after the one that the
   * user has seen, even if the user has saved a later one: an edit of one block keeps what others
   * wrote in the rest.
   */
  void requireSeen(Tx tx, UUID articleId, List<String> seen, Principal who) {
    for (var part : parts.current(tx.dsl(), articleId).parts().values()) {
      var name = part.name();
      if (!seen.contains(name.version(part.version()))
          && parts.versions(tx.dsl(), articleId, name).stream()
              .takeWhile(newer -> !seen.contains(name.version(newer.version())))
              .anyMatch(newer -> !isBy(who, newer))) {
        throw new Conflict(
            "Changed since you opened it",
            name.label() + " was changed after you opened the page. Read it again first.");
      }
    }
  }

  /**
   * Throws {@link Conflict} if a claim is not checked, perhaps because another user unticked it.
   */
  void requireChecked(ArticleRepository.Article article, Set<String> claims) {
    long unchecked =
        claims.stream().filter(claim -> !article.checkedClaims().contains(claim)).count();
    if (unchecked > 0) {
      throw new Conflict(
          "Not checked yet",
          (unchecked == 1 ? "1 claim is" : unchecked + " claims are")
              + " not checked yet. Tick each under Check these.");
    }
  }

  private static boolean isBy(Principal who, Part version) {
    return version.byPerson() && who.email().equals(version.createdBy());
  }

  /**
   * Withdraws the review, measures the article again and records the change in the audit log.
   *
   * @return false if the article was a draft
   */
  boolean recordEdit(
      Tx tx, ArticleRepository.Article article, AuditAction action, PartName part, Principal who) {
    boolean withdrawn = ArticleRepository.withdrawReview(tx, article.id());
    measure(tx, article);
    record(tx, article, action, part, who);
    return withdrawn;
  }

  private Optional<ArticleRepository.Measures> measure(Tx tx, ArticleRepository.Article article) {
    var partSet = parts.current(tx.dsl(), article.id());
    return rows.measure(tx, article.id(), partSet, clock.instant());
  }

  /**
   * Restores the review that an edit withdrew, after its undo, if the article is as it was when it
   * was reviewed and its claims are still checked.
   */
  void restoreReview(Tx tx, UUID workspace, UUID articleId) {
    var article = rows.get(tx.dsl(), workspace, articleId);
    var at = article.lastReviewAt();
    if (at != null
        && parts.current(tx.dsl(), articleId).parts().values().stream()
            .allMatch(part -> asReviewed(tx, articleId, part, at))
        && measure(tx, article)
            .filter(now -> article.checkedClaims().containsAll(now.claims()))
            .isPresent()) {
      ArticleRepository.restoreReview(tx, articleId);
    }
  }

  private boolean asReviewed(Tx tx, UUID articleId, Part part, Instant reviewedAt) {
    return parts.versions(tx.dsl(), articleId, part.name()).stream()
        .filter(version -> !version.createdAt().isAfter(reviewedAt))
        .findFirst()
        .filter(
            then ->
                then.version() == part.version()
                    || (part.name() != PartName.IMAGE && then.body().equals(part.body())))
        .isPresent();
  }

  void record(
      Tx tx, ArticleRepository.Article article, AuditAction action, PartName part, Principal who) {
    record(tx, article, action, Map.of("part", part.code()), who);
  }

  void record(
      Tx tx,
      ArticleRepository.Article article,
      AuditAction action,
      Map<String, Object> details,
      Principal who) {
    audit.record(tx, article.workspace(), who, action, article.id().toString(), details);
  }
}
