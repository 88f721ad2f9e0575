package dev.keywheel.article.edit;

import dev.keywheel.article.page.CoverImage;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Slug;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartBodies.ImageBody;
import dev.keywheel.article.run.model.PartName;
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
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** Edits the fields of an article, such as its title, description and author, and its picture. */
public final class DetailsEditor {
  // Maximum lengths, in characters.
  public static final int MAX_TITLE = 120;
  public static final int MAX_DESCRIPTION = 320;
  public static final int MAX_SUMMARY = 600;
  public static final int MAX_SLUG = Slug.MAX_LENGTH;

  /** Maximum number of keywords of a plan: the main one and twelve others. */
  static final int MAX_KEYWORDS = 13;

  static final int MAX_ALT = 140;

  /** Maximum size of a picture, in bytes. */
  public static final int MAX_PICTURE = CoverImage.MAX_BYTES;

  private final Database database;
  private final PartChanges changes;
  private final ArticleRepository rows = new ArticleRepository();
  private final PartRepository parts = new PartRepository();

  public DetailsEditor(Database database, Audit audit, Ids ids, InstantSource clock) {
    this.database = database;
    this.changes = new PartChanges(audit, ids, clock);
  }

  /**
   * The fields of an article.
   *
   * @param keywords separated by commas, the main one first
   * @param author empty for the author in the settings
   */
  public record Details(
      String title,
      String summary,
      String description,
      String slug,
      String keywords,
      String section1,
      String section2,
      String author) {

    static Details of(PagePlan plan, String author) {
      var keywords = new LinkedHashSet<String>();
      keywords.add(plan.primaryKeyword());
      keywords.addAll(plan.keywords());
      keywords.remove("");
      return new Details(
          plan.title(),
          plan.summary(),
          plan.metaDescription(),
          plan.slug(),
          String.join(", ", keywords),
          plan.section1().title(),
          plan.section2().title(),
          author);
    }
  }

  /** The saved fields with the version of the plan that contains them. */
  public record CurrentDetails(int version, Details details) {}

  /**
   * The result of a save.
   *
   * @param undo version for {@link #undo}; 0 if nothing was saved or the author was changed
   * @param unreviewed whether the save withdrew the review of the article
   */
  public record SaveResult(boolean changed, int undo, boolean unreviewed) {}

  public CurrentDetails current(UUID workspace, UUID articleId) {
    var article = rows.get(database, workspace, articleId);
    return database.read(
        dsl ->
            parts
                .current(dsl, articleId, PartName.PLAN)
                .map(
                    plan ->
                        new CurrentDetails(
                            plan.version(), Details.of(plan.as(PagePlan.class), author(article))))
                .orElseThrow(() -> new NotFound("This article has no plan yet.")));
  }

  /**
   * Saves the author with the article, and the other fields in a new, locked version of the plan.
   *
   * @param basedOn version of the plan when the form was opened
   * @param authorBefore the author when the form was opened; not part of the plan
   * @throws Conflict when one of the fields was changed after the form was opened
   * @throws Rejected with the names of the fields whose values are not allowed
   */
  public SaveResult save(
      UUID articleId, int basedOn, String authorBefore, Details typed, Principal who) {
    var article = rows.get(database, who.workspaceId(), articleId);
    var author = TextCleaner.line(typed.author());
    return database.inTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          var before = parts.current(tx.dsl(), articleId);
          var part =
              before
                  .part(PartName.PLAN)
                  .orElseThrow(() -> new NotFound("This article has no plan yet."));
          var plan = part.as(PagePlan.class);
          var opened = Details.of(version(tx, articleId, basedOn).as(PagePlan.class), "");
          var creditedNow = author(rows.get(tx.dsl(), who.workspaceId(), articleId));
          var creditedBefore = TextCleaner.line(authorBefore);
          boolean credited = !author.equals(creditedBefore) && !author.equals(creditedNow);
          if (!opened.equals(Details.of(plan, ""))
              || (credited && !creditedNow.equals(creditedBefore))) {
            throw new Conflict(
                "Changed since you opened it",
                "These fields were changed after you opened them. Your values are still here;"
                    + " save again to replace the current ones.");
          }
          var changed =
              Rejections.collect(
                  fields -> {
                    fields.check(() -> PlanFields.line("author", author(article), author, 0, 100));
                    return PlanFields.changed(plan, typed);
                  });
          if (changed.equals(plan) && !credited) {
            return new SaveResult(false, 0, false);
          }
          if (credited) {
            rows.setAuthor(tx, articleId, author.isEmpty() ? null : author);
            changes.record(
                tx,
                article,
                AuditAction.ARTICLE_CREDITED,
                Map.of("author", author.isEmpty() ? "none" : author),
                who);
          }
          boolean unreviewed =
              !changed.equals(plan) && write(tx, article, part, changed, true, who);
          return new SaveResult(true, credited ? 0 : part.version(), unreviewed);
        });
  }

  /**
   * Undoes one save of the fields, and restores the review from before it; headings, questions and
   * the author do not change.
   *
   * @param version the version of the plan before the save
   * @param unreviewed whether the save withdrew the review of the article
   * @throws Conflict when one of the fields was changed after that save
   */
  public void undo(UUID articleId, int version, boolean unreviewed, Principal who) {
    var article = rows.get(database, who.workspaceId(), articleId);
    database.runTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          var now = parts.current(tx.dsl(), articleId);
          var part = now.part(PartName.PLAN).orElseThrow(DetailsEditor::noVersion);
          var old = version(tx, articleId, version);
          var saved = version(tx, articleId, version + 1).as(PagePlan.class);
          var plan = part.as(PagePlan.class);
          if (!Details.of(saved, "").equals(Details.of(plan, ""))) {
            throw new Conflict(
                "Changed since you saved",
                "These fields were changed after you saved them. Nothing was undone.");
          }
          var fields = PlanFields.withFields(plan, old.as(PagePlan.class));
          write(tx, article, part, fields, changes.lockedBefore(now, old), who);
          if (unreviewed) {
            changes.restoreReview(tx, who.workspaceId(), articleId);
          }
        });
  }

  private boolean write(
      Tx tx,
      ArticleRepository.Article article,
      Part before,
      PagePlan plan,
      boolean locked,
      Principal who) {
    changes.save(tx, article.id(), PartName.PLAN, "edit", plan, null, locked, who);
    if (before.stale()) {
      parts.markStale(tx, article.id(), Set.of(PartName.PLAN));
    }
    return changes.recordEdit(tx, article, AuditAction.ARTICLE_EDITED, PartName.PLAN, who);
  }

  private Part version(Tx tx, UUID articleId, int version) {
    return parts
        .version(tx.dsl(), articleId, PartName.PLAN, version)
        .orElseThrow(DetailsEditor::noVersion);
  }

  private static NotFound noVersion() {
    return new NotFound("There is no such version of the plan.");
  }

  /**
   * Replaces the picture with a user's file, or changes only its alternative text. Only the pixels
   * are kept: the picture is encoded again.
   *
   * @param basedOn the version that the user saw
   * @param file PNG or JPEG; empty to keep the picture
   * @param alt alternative text; cut to {@value #MAX_ALT} characters
   * @throws Rejected when the file is not a usable picture, the alternative text contains a key, or
   *     nothing was changed
   * @throws Conflict when there is a newer version
   */
  public void savePicture(UUID articleId, int basedOn, byte[] file, String alt, Principal who) {
    var article = rows.get(database, who.workspaceId(), articleId);
    var png = file.length == 0 ? null : png(file);
    var text = TextCleaner.cut(TextCleaner.line(alt), MAX_ALT);
    database.runTx(
        tx -> {
          PartRepository.lock(tx, articleId);
          var part =
              parts
                  .current(tx.dsl(), articleId, PartName.IMAGE)
                  .orElseThrow(() -> new NotFound("This article has no picture yet."));
          if (part.version() != basedOn) {
            throw new Conflict(
                "Changed since you opened it",
                "The picture or its text was changed after you opened this page. Your text is still"
                    + " here; save again to replace what is there now. A file must be chosen again.");
          }
          var old = part.as(ImageBody.class);
          if (png == null && text.equals(old.alt())) {
            throw new Rejected("file", "Nothing was changed: choose a picture or change its text.");
          }
          SecretShape.CERTAIN.refuse("alt", text, old.alt());
          var body = png == null ? new ImageBody(text, old.origin(), old.why()) : uploaded(text);
          var bytes = png == null ? changes.picture(tx, articleId, PartName.IMAGE) : png;
          changes.save(tx, articleId, PartName.IMAGE, "edit", body, bytes, true, who);
          changes.recordEdit(tx, article, AuditAction.ARTICLE_EDITED, PartName.IMAGE, who);
        });
  }

  private static ImageBody uploaded(String alt) {
    return new ImageBody(alt, "upload", "");
  }

  private static byte[] png(byte[] file) {
    return switch (CoverImage.read(file)) {
      case CoverImage.ReadResult.Usable(var png) -> png;
      case CoverImage.ReadResult.Unusable(var why) -> throw new Rejected("file", why);
    };
  }

  private static String author(ArticleRepository.Article article) {
    return Objects.requireNonNullElse(article.author(), "");
  }
}
