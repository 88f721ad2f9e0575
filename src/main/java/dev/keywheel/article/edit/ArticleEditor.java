package dev.keywheel.article.edit;

import dev.keywheel.article.page.Publication;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.model.Headings;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartBodies.ImageBody;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;

/** A user's changes to an article: its parts, public address, checked claims and review. */
public final class ArticleEditor {
  private static final int MAX_SOURCE = 200_000;

  private final Database database;
  private final InstantSource clock;
  private final ToolCheck toolCheck;
  private final PartChanges changes;
  private final ArticleRepository rows = new ArticleRepository();
  private final PartRepository parts = new PartRepository();

  public ArticleEditor(
      Database database, Audit audit, Ids ids, InstantSource clock, ToolCheck toolCheck) {
    this.database = database;
    this.clock = clock;
    this.toolCheck = toolCheck;
    this.changes = new PartChanges(audit, ids, clock);
  }

  /**
   * Saves a user's text as a new version and locks the part.
   *
   * @param basedOn the version that was edited
   * @return the result; an unchanged text is saved only if the part is stale, to confirm it
   * @throws dev.keywheel.problem.Conflict when there is a newer version than {@code basedOn}
   * @throws dev.keywheel.problem.Rejected when the text breaks a rule; the message names the place
   */
  public EditResult edit(UUID articleId, PartName part, int basedOn, String source, Principal who) {
    Rejected.checkLength("source", "The text has", source.length(), MAX_SOURCE);
    var article = rows.get(database, who.workspaceId(), articleId);
    var before = database.read(dsl -> parts.current(dsl, articleId));
    if (before.part(part).filter(now -> PartTextCodec.same(now, source)).isEmpty()) {
      SecretShape.CERTAIN.refuse("source", source);
    }
    var tool = part == PartName.TOOL ? tool(article, before, source) : null;
    return database.inTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          var current = current(tx, articleId, part);
          if (current.version() != basedOn) {
            throw new Conflict(
                "Changed since you opened it",
                "Version "
                    + current.version()
                    + " was saved after you opened it; yours is based on version "
                    + basedOn
                    + ". Your text is still here; save again to replace version "
                    + current.version()
                    + ".");
          }
          if (!current.stale() && PartTextCodec.same(current, source)) {
            return new EditResult(false, List.of());
          }
          var latest = parts.current(tx.dsl(), articleId);
          var body = tool == null ? body(tx, articleId, latest, part, source) : tool;
          changes.save(
              tx, articleId, part, "edit", body, changes.picture(tx, articleId, part), true, who);
          changes.markToolIfBriefChanged(tx, articleId, part, before, latest);
          changes.updateOtherParts(tx, articleId, latest, body, who);
          changes.recordEdit(tx, article, AuditAction.ARTICLE_EDITED, part, who);
          return new EditResult(true, PartTextCodec.emptied(latest, part, body));
        });
  }

  /**
   * The result of an edit.
   *
   * @param changed false when nothing was saved, because the text was the same
   * @param emptied a sentence for each heading that lost its text
   */
  public record EditResult(boolean changed, List<String> emptied) {}

  /**
   * Makes a copy of an old version the current one. The lock of the part is kept.
   *
   * @throws NotFound when the part has no such version
   * @throws Rejected when the version is a tool that breaks a rule or fails its test
   */
  public void restore(UUID articleId, PartName part, int version, Principal who) {
    var article = rows.get(database, who.workspaceId(), articleId);
    var old = version(articleId, part, version);
    // A tool is checked again, because the version may be older than the tool's review.
    var before = database.read(dsl -> parts.current(dsl, articleId));
    var tool = part == PartName.TOOL ? tool(article, before, PartTextCodec.of(old)) : null;
    database.runTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          var latest = parts.current(tx.dsl(), articleId);
          var body = tool == null ? bodyToRestore(latest, old) : tool;
          var locked = current(tx, articleId, part).locked();
          var image =
              part == PartName.IMAGE ? parts.pictureOf(tx.dsl(), old.id()).orElse(null) : null;
          changes.save(tx, articleId, part, "restore", body, image, locked, who);
          changes.markToolIfBriefChanged(tx, articleId, part, before, latest);
          changes.updateOtherParts(tx, articleId, latest, body, who);
          changes.recordEdit(tx, article, AuditAction.ARTICLE_RESTORED, part, who);
        });
  }

  /** Locks or unlocks a part. Runs do not change a locked part. */
  public void lock(UUID articleId, PartName part, boolean locked, Principal who) {
    var article = rows.get(database, who.workspaceId(), articleId);
    database.runTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          current(tx, articleId, part);
          parts.setLocked(tx, articleId, part, locked);
          changes.record(
              tx,
              article,
              locked ? AuditAction.ARTICLE_LOCKED : AuditAction.ARTICLE_UNLOCKED,
              part,
              who);
        });
  }

  /**
   * Sets the public address of an article.
   *
   * @param typed the address as the user typed it; empty to remove the address
   * @param seen rejects the change if the user has not seen the current address
   * @throws Rejected for the field {@code address} when {@code typed} is not a valid address
   */
  public void setAddress(UUID articleId, String typed, Principal who, Consumer<String> seen) {
    var address = Publication.address("address", typed);
    database.runTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          var article = rows.get(tx.dsl(), who.workspaceId(), articleId);
          var now = Objects.requireNonNullElse(article.address(), "");
          seen.accept(now);
          if (address != null) {
            SecretShape.CERTAIN.refuse("address", address, now);
          }
          rows.setAddress(tx, articleId, address);
          changes.record(
              tx,
              article,
              AuditAction.ARTICLE_ADDRESSED,
              Map.of("address", address == null ? "none" : address),
              who);
        });
  }

  /**
   * Marks a claim as checked, or as not checked, which makes the article a draft.
   *
   * @param claims keys of all current claims of the article; marks of other claims are removed
   */
  public void markClaim(
      UUID articleId, String key, boolean checked, Set<String> claims, Principal who) {
    database.runTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          var keys =
              new TreeSet<>(rows.get(tx.dsl(), who.workspaceId(), articleId).checkedClaims());
          keys.retainAll(claims);
          keys.remove(key);
          if (!checked) {
            ArticleRepository.withdrawReview(tx, articleId);
          } else if (claims.contains(key)) {
            keys.add(key);
          }
          rows.setCheckedClaims(tx, articleId, keys);
        });
  }

  /**
   * Marks the article as reviewed or as a draft.
   *
   * @param seen the {@link PartName#version} of each part that the user has seen
   * @param claims keys of all current claims of the article
   * @throws Conflict if a claim is not checked, or a part was changed by a run or another user
   */
  public void setReviewed(
      UUID articleId, boolean reviewed, List<String> seen, Set<String> claims, Principal who) {
    database.runTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          var article = rows.get(tx.dsl(), who.workspaceId(), articleId);
          if (reviewed) {
            changes.requireChecked(article, claims);
            changes.requireSeen(tx, articleId, seen, who);
          }
          rows.setReviewed(tx, articleId, reviewed, who.userId(), who.email(), clock.instant());
          changes.record(
              tx,
              article,
              reviewed ? AuditAction.ARTICLE_REVIEWED : AuditAction.ARTICLE_UNREVIEWED,
              PartName.PLAN,
              who);
        });
  }

  /** The body of an old version of any part but the tool, ready to become current. */
  private static Object bodyToRestore(PartSet before, Part old) {
    return switch (old.name()) {
      case PLAN -> old.as(PagePlan.class);
      case SECTION_1, SECTION_2, FAQ -> underCurrentPlan(before, old);
      case TOOL, REVIEW, GUIDE, IMAGE -> old.body();
    };
  }

  /** The texts of an old version under the current plan, matched by their own headings. */
  private static Object underCurrentPlan(PartSet before, Part old) {
    var body = old.as(TextBody.class);
    if (before.plan().isEmpty() || body.headings().isEmpty()) {
      return old.body();
    }
    var headings = Headings.of(before.plan().get(), old.name());
    return headings.placed(body, new Headings(body.headings(), headings.keptPrefix()), false);
  }

  /** Checks a tool in a browser, so no transaction may be open. */
  private ToolBody tool(ArticleRepository.Article article, PartSet before, String source) {
    return PartTextCodec.tool(source, plan(before), article.language(), toolCheck);
  }

  private static PagePlan plan(PartSet before) {
    return before.plan().orElseThrow(() -> new Rejected("source", "This article has no plan yet."));
  }

  private Object body(Tx tx, UUID articleId, PartSet before, PartName part, String source) {
    var plan = plan(before);
    return switch (part) {
      case PLAN -> {
        var last = ArticleRepository.lastFullRun(tx.dsl(), articleId);
        var typed = PartTextCodec.plan(source, RunInputs.of(last.inputs()).wishes());
        yield typed.title().equals(plan.title()) ? typed.withSlug(plan.slug()) : typed;
      }
      case GUIDE, SECTION_1, SECTION_2, FAQ ->
          PartTextCodec.texts(source, part, plan, before.body(part));
      case IMAGE -> {
        var image =
            before
                .part(PartName.IMAGE)
                .map(p -> p.as(ImageBody.class))
                .orElseThrow(ArticleEditor::noPart);
        yield new ImageBody(
            TextCleaner.cut(TextCleaner.line(source), DetailsEditor.MAX_ALT),
            image.origin(),
            image.why());
      }
      case TOOL, REVIEW -> throw new Rejected("source", "The tool review cannot be edited.");
    };
  }

  private Part version(UUID articleId, PartName part, int version) {
    return database
        .read(dsl -> parts.version(dsl, articleId, part, version))
        .orElseThrow(ArticleEditor::noPart);
  }

  private Part current(Tx tx, UUID articleId, PartName part) {
    return parts.current(tx.dsl(), articleId, part).orElseThrow(ArticleEditor::noPart);
  }

  private static NotFound noPart() {
    return new NotFound("This article has no such version of this part.");
  }
}
