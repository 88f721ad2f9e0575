package dev.keywheel.article.edit;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.reply.Blocks;
import dev.keywheel.article.run.model.Headings;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.secret.shape.SecretShape;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Edits one block: a heading with its text, a question with its answer, or a block of the guide.
 */
public final class BlockEditor {
  public static final int MAX_TEXT = 20_000;
  public static final int MAX_HEADING = 140;

  private static final Map<String, String> GUIDE =
      Map.of(
          "intro", "Introduction to the tool",
          "what", "What the tool does",
          "steps", "How to use the tool",
          "example", "Example",
          "limits", "Limits of the tool");

  private final Database database;
  private final PartChanges changes;
  private final ArticleRepository rows = new ArticleRepository();
  private final PartRepository parts = new PartRepository();

  public BlockEditor(Database database, Audit audit, Ids ids, InstantSource clock) {
    this.database = database;
    this.changes = new PartChanges(audit, ids, clock);
  }

  /**
   * A block as it is now.
   *
   * @param label the name on the screen: the heading, or the topic of a block of the guide
   * @param heading null in the guide, whose blocks have no heading
   * @param version the current version of the part
   */
  public record Block(
      PartName part, String id, String label, @Nullable String heading, String text, int version) {}

  /**
   * A filled-in form.
   *
   * @param basedOn version of the part when the form was opened
   * @param headingBefore the heading when the form was opened
   */
  public record BlockForm(int basedOn, String headingBefore, String heading, String text) {}

  /**
   * What {@link #undo} needs to know about a save.
   *
   * @param version version of the part before the save
   * @param plan version of the plan before the save; 0 if the plan did not change
   * @param unreviewed whether the save withdrew the review of the article
   */
  public record Undo(int version, int plan, boolean unreviewed) {}

  /**
   * @throws NotFound when the article has no such block
   */
  public Block block(UUID workspace, UUID articleId, PartName part, String id) {
    rows.get(database, workspace, articleId);
    return block(database.read(dsl -> parts.current(dsl, articleId)), part, id);
  }

  /**
   * Saves a new version of the part, and of the plan if the heading changed, and locks both. Empty
   * if neither text nor heading changed.
   *
   * @throws Conflict when this block was changed after the form was opened
   * @throws Rejected for the field {@code heading} or {@code text} if its value cannot be used
   */
  public Optional<Undo> save(
      UUID articleId, PartName part, String id, BlockForm typed, Principal who) {
    var article = rows.get(database, who.workspaceId(), articleId);
    var text = TextCleaner.text(typed.text()).strip();
    return database.inTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          var before = parts.current(tx.dsl(), articleId);
          var now = block(before, part, id);
          boolean renamed =
              now.heading() != null
                  && !TextCleaner.line(typed.heading())
                      .equals(TextCleaner.line(typed.headingBefore()));
          var opened = version(tx, articleId, part, typed.basedOn()).as(TextBody.class);
          if (!opened.texts().of(id).equals(now.text())
              || (renamed && !TextCleaner.line(typed.headingBefore()).equals(now.heading()))) {
            throw new Conflict(
                "Changed since you opened it",
                "This block was changed after you opened it. Your text is still here. Below, under"
                    + " Changes, words that only the current text has are struck through and yours"
                    + " are underlined. Save again to replace the current text.");
          }
          var heading = renamed ? TextCleaner.line(typed.heading()) : now.heading();
          Rejections.checkAll(
              () -> checkText(text, now.text()), () -> checkHeading(before, now, heading));
          return write(tx, article, before, now, heading, text, new Locks(true, true), who);
        });
  }

  /**
   * Undoes one save of a block: restores its text, its heading, and the locks and the review from
   * before the save.
   *
   * @throws Conflict when the block was changed after that save
   */
  public void undo(UUID articleId, PartName part, String id, Undo undone, Principal who) {
    var article = rows.get(database, who.workspaceId(), articleId);
    database.runTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          var before = parts.current(tx.dsl(), articleId);
          var now = block(before, part, id);
          var old = version(tx, articleId, part, undone.version());
          var saved = version(tx, articleId, part, undone.version() + 1).as(TextBody.class);
          var under = saved.headings().get(id);
          if (!saved.texts().of(id).equals(now.text())
              || (under != null && !under.equals(now.heading()))) {
            throw new Conflict(
                "Changed since you saved",
                "This block was changed after you saved it. Nothing was undone.");
          }
          var body = old.as(TextBody.class);
          boolean planned = Headings.of(plan(before), part).byId().containsKey(id);
          var heading = planned ? now.heading() : body.headings().getOrDefault(id, now.heading());
          boolean planLock = before.part(PartName.PLAN).filter(Part::locked).isPresent();
          if (undone.plan() > 0) {
            var oldPlan = version(tx, articleId, PartName.PLAN, undone.plan());
            heading =
                Headings.of(oldPlan.as(PagePlan.class), part).byId().getOrDefault(id, heading);
            planLock = changes.lockedBefore(before, oldPlan);
          }
          var locks = new Locks(changes.lockedBefore(before, old), planLock);
          write(tx, article, before, now, heading, body.texts().of(id), locks, who);
          if (undone.unreviewed()) {
            changes.restoreReview(tx, who.workspaceId(), articleId);
          }
        });
  }

  /** Whether the part and the plan are locked against runs from now on. */
  private record Locks(boolean part, boolean plan) {}

  private Optional<Undo> write(
      Tx tx,
      ArticleRepository.Article article,
      PartSet before,
      Block now,
      @Nullable String heading,
      String text,
      Locks locks,
      Principal who) {
    var id = article.id();
    boolean renamed = heading != null && !heading.equals(now.heading());
    if (!renamed && text.equals(now.text())) {
      return Optional.empty();
    }
    var plan = before.part(PartName.PLAN).orElseThrow(BlockEditor::noBlock);
    boolean planned = Headings.of(plan(before), now.part()).byId().containsKey(now.id());
    var planAfter = plan(before);
    if (heading != null && renamed && planned) {
      planAfter = planAfter.renamed(now.id(), heading);
      changes.save(tx, id, PartName.PLAN, "edit", planAfter, null, locks.plan(), who);
      if (plan.stale()) {
        parts.markStale(tx, id, Set.of(PartName.PLAN));
      }
    }
    var old = before.body(now.part());
    var under = heading == null ? Map.<String, String>of() : Map.of(now.id(), heading);
    var fresh = new TextBody(new Texts(Map.of(now.id(), text)), under, Set.of());
    var after = Headings.of(plan(before), now.part()).merged(old, fresh);
    boolean stale = before.part(now.part()).filter(Part::stale).isPresent();
    changes.save(tx, id, now.part(), "edit", after, null, locks.part(), who);
    boolean wasOutdated = !Headings.of(plan(before), now.part()).outdated(old).isEmpty();
    boolean isOutdated = !Headings.of(planAfter, now.part()).outdated(after).isEmpty();
    if (stale && (isOutdated || !wasOutdated)) { // unless this updated the last outdated block
      parts.markStale(tx, id, Set.of(now.part()));
    }
    var unreviewed = changes.recordEdit(tx, article, AuditAction.ARTICLE_EDITED, now.part(), who);
    return Optional.of(
        new Undo(now.version(), renamed && planned ? plan.version() : 0, unreviewed));
  }

  private static Block block(PartSet before, PartName part, String id) {
    var current = before.part(part).orElseThrow(BlockEditor::noBlock);
    return switch (part) {
      case GUIDE -> {
        var label = GUIDE.get(id);
        if (label == null) {
          throw noBlock();
        }
        yield new Block(part, id, label, null, before.texts(part).of(id), current.version());
      }
      case SECTION_1, SECTION_2, FAQ -> {
        var headings = Headings.of(plan(before), part);
        var heading = headings.byId().get(id);
        if (id.startsWith(headings.keptPrefix())) { // even if a user removed its text
          var body = before.body(part);
          heading = headings.with(body).byId().getOrDefault(id, body.headings().get(id));
        }
        if (heading == null) {
          throw noBlock();
        }
        yield new Block(part, id, heading, heading, before.texts(part).of(id), current.version());
      }
      case PLAN, TOOL, REVIEW, IMAGE -> throw noBlock();
    };
  }

  private static Map<String, String> headings(PartSet before, PartName part) {
    return Headings.of(plan(before), part).with(before.body(part)).byId();
  }

  private static PagePlan plan(PartSet before) {
    return before.plan().orElseThrow(BlockEditor::noBlock);
  }

  private static void checkText(String text, String stored) {
    var tooLong = tooLong(text);
    if (tooLong != null) {
      throw new Rejected("text", tooLong);
    }
    Blocks.firstMarker(text)
        .ifPresent(
            line -> {
              throw new Rejected(
                  "text",
                  "A line cannot begin like “"
                      + TextCleaner.cut(line.strip(), 40)
                      + "”: @@ begins a new block.");
            });
    SecretShape.CERTAIN.refuse("text", text, stored);
  }

  /** The error for a text that is too long to be saved; null if its length is allowed. */
  public static @Nullable String tooLong(String text) {
    return text.length() <= MAX_TEXT
        ? null
        : Rejected.tooLong("The text has", text.length(), MAX_TEXT);
  }

  private static void checkHeading(PartSet before, Block now, @Nullable String heading) {
    if (heading == null || heading.equals(now.heading())) {
      return;
    }
    if (heading.isEmpty()) {
      throw new Rejected("heading", "Enter a heading.");
    }
    Rejected.checkLength("heading", "The heading has", heading.length(), MAX_HEADING);
    SecretShape.CERTAIN.refuse("heading", heading);
    var others = new LinkedHashMap<>(headings(before, now.part()));
    others.remove(now.id());
    if (others.containsValue(heading)) {
      throw new Rejected("heading", "Another heading of this part has the same text.");
    }
  }

  /** The label of a block of the guide; for an unknown block, its id. */
  public static String guideLabel(String id) {
    return GUIDE.getOrDefault(id, id);
  }

  private Part version(Tx tx, UUID articleId, PartName part, int version) {
    return parts.version(tx.dsl(), articleId, part, version).orElseThrow(BlockEditor::noBlock);
  }

  private static NotFound noBlock() {
    return new NotFound("This article has no such block.");
  }
}
