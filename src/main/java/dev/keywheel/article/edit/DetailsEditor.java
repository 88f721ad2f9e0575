package dev.keywheel.article.edit;

import dev.keywheel.article.page.CoverImage;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Slug;
import dev.keywheel.article.run.model.PartBodies.ImageBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.run.store.PartRepository;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Edits the fields of an article, such as its title, description and author, and its picture. */
public final class DetailsEditor {
  public static final int MAX_TITLE = 120;
  public static final int MAX_DESCRIPTION = 320;
  public static final int MAX_SUMMARY = 600;
  public static final int MAX_SLUG = 80;
  public static final int MAX_KEYWORDS = 12;
  public static final int MAX_ALT = 140;

  /** Largest picture, in bytes. */
  public static final int MAX_PICTURE = CoverImage.MAX_BYTES;

  private static final int MAX_KEYWORD = 60;

  private final Database database;
  private final PartChanges changes;
  private final ArticleRepository rows = new ArticleRepository();
  private final PartRepository parts = new PartRepository();

  public DetailsEditor(Database database, Audit audit, Ids ids, InstantSource clock) {
    this.database = database;
    this.changes = new PartChanges(audit, ids, clock);
  }

  /**
   * The fields.
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

    private static Details of(PagePlan plan, String author) {
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

  /** The saved fields with the version of the plan that they are in. */
  public record Current(int version, Details details) {}

  /**
   * The result.
   *
   * @param undo version of the plan to restore; 0 if an undo would not take back everything
   */
  public record Saved(boolean changed, int undo) {}

  public Current current(UUID workspace, UUID articleId) {
    var article = article(workspace, articleId);
    return database.read(
        dsl ->
            parts
                .current(dsl, articleId, PartName.PLAN)
                .map(
                    plan ->
                        new Current(
                            plan.version(), Details.of(plan.as(PagePlan.class), author(article))))
                .orElseThrow(() -> new NotFound("This article has no plan yet.")));
  }

  /**
   * Saves a new version of the plan, and locks it.
   *
   * @param basedOn version of the plan that was opened
   * @throws Conflict when another user has changed one of the fields since
   * @throws Rejected with the field's name
   */
  public Saved save(UUID articleId, int basedOn, Details typed, Principal who) {
    var article = article(who.workspaceId(), articleId);
    var author = line("author", typed.author(), 0, 100);
    return database.inTx(
        tx -> {
          PartRepository.hold(tx, articleId);
          var before = PartSet.of(parts.current(tx.dsl(), articleId));
          var part = before.part(PartName.PLAN).orElseThrow(() -> new NotFound("No plan."));
          var plan = part.as(PagePlan.class);
          var opened =
              parts
                  .version(tx.dsl(), articleId, PartName.PLAN, basedOn)
                  .map(p -> Details.of(p.as(PagePlan.class), ""))
                  .orElseThrow(() -> new NotFound("There is no such version of the plan."));
          if (!opened.equals(Details.of(plan, ""))) {
            throw new Conflict(
                "Changed since you opened it",
                "Another user changed these fields after you opened them. Your values are still"
                    + " here; save again to replace theirs.");
          }
          var changed = changed(plan, typed);
          boolean credited = !author.equals(author(article));
          if (changed.equals(plan) && !credited) {
            return new Saved(false, 0);
          }
          if (credited) {
            rows.author(tx, articleId, author.isEmpty() ? null : author);
            changes.record(
                tx,
                article,
                "article.credited",
                Map.of("author", author.isEmpty() ? "none" : author),
                who);
          }
          if (!changed.equals(plan)) {
            changes.save(tx, articleId, PartName.PLAN, "edit", changed, null, true, who);
            if (part.stale()) {
              parts.stale(tx, articleId, Set.of(PartName.PLAN));
            }
            changes.changed(tx, article, "article.edited", PartName.PLAN, who);
          }
          return new Saved(true, credited ? 0 : part.version());
        });
  }

  /**
   * Replaces the picture by a user's own, or only its alternative text. Only the pixels are kept:
   * the picture is encoded again.
   *
   * @param file PNG or JPEG; empty to keep the picture
   * @throws Rejected when the file is no usable picture
   */
  public void picture(UUID articleId, byte[] file, String alt, Principal who) {
    var article = article(who.workspaceId(), articleId);
    var png = file.length == 0 ? null : png(file);
    var text = TextCleaner.cut(TextCleaner.line(alt), MAX_ALT);
    database.runTx(
        tx -> {
          PartRepository.hold(tx, articleId);
          var old =
              parts
                  .current(tx.dsl(), articleId, PartName.IMAGE)
                  .map(part -> part.as(ImageBody.class))
                  .orElseThrow(() -> new NotFound("This article has no picture yet."));
          if (png == null && text.equals(old.alt())) {
            throw new Rejected("file", "Nothing was changed: choose a picture or another text.");
          }
          var body = png == null ? new ImageBody(text, old.origin(), old.why()) : own(text);
          var bytes = png == null ? changes.picture(tx, articleId, PartName.IMAGE) : png;
          changes.save(tx, articleId, PartName.IMAGE, "edit", body, bytes, true, who);
          changes.changed(tx, article, "article.edited", PartName.IMAGE, who);
        });
  }

  private static ImageBody own(String alt) {
    return new ImageBody(alt, "upload", "");
  }

  private static byte[] png(byte[] file) {
    return switch (CoverImage.read(file)) {
      case CoverImage.Read.Usable(var png) -> png;
      case CoverImage.Read.Useless(var why) ->
          throw new Rejected("file", why.replace("The reply", "The file"));
    };
  }

  private static PagePlan changed(PagePlan plan, Details typed) {
    var keywords = keywords(typed.keywords());
    var slug = Slug.of(line("slug", typed.slug(), 1, MAX_SLUG), "");
    if (slug.isEmpty()) {
      throw new Rejected("slug", "Use letters or digits.");
    }
    var primary = keywords.isEmpty() ? plan.primaryKeyword() : keywords.getFirst();
    var same = Details.of(plan, "").keywords().equals(String.join(", ", keywords));
    return new PagePlan(
        line("title", typed.title(), 3, MAX_TITLE),
        slug,
        line("description", typed.description(), 1, MAX_DESCRIPTION),
        same ? plan.primaryKeyword() : primary,
        same ? plan.keywords() : keywords,
        line("summary", typed.summary(), 0, MAX_SUMMARY),
        new PagePlan.Section(
            line("section1", typed.section1(), 1, MAX_TITLE), plan.section1().headings()),
        new PagePlan.Section(
            line("section2", typed.section2(), 1, MAX_TITLE), plan.section2().headings()),
        plan.faq(),
        plan.tool(),
        plan.image());
  }

  private static List<String> keywords(String typed) {
    var keywords =
        Arrays.stream(typed.split("[,\\n]"))
            .map(TextCleaner::line)
            .filter(keyword -> !keyword.isEmpty())
            .distinct()
            .collect(Collectors.toList());
    if (keywords.size() > MAX_KEYWORDS) {
      throw new Rejected("keywords", "At most " + MAX_KEYWORDS + " keywords.");
    }
    if (keywords.stream().anyMatch(keyword -> keyword.length() > MAX_KEYWORD)) {
      throw new Rejected("keywords", "A keyword has at most " + MAX_KEYWORD + " characters.");
    }
    return List.copyOf(keywords);
  }

  private static String line(String field, String typed, int least, int most) {
    var line = TextCleaner.line(typed);
    if (line.length() < least) {
      throw new Rejected(
          field, least == 1 ? "Enter a text." : "Enter at least " + least + " characters.");
    }
    if (line.length() > most) {
      throw new Rejected(
          field, "This has " + line.length() + " characters; up to " + most + " are allowed.");
    }
    return line;
  }

  private static String author(ArticleRepository.Article article) {
    return Objects.requireNonNullElse(article.author(), "");
  }

  private ArticleRepository.Article article(UUID workspace, UUID articleId) {
    return database
        .read(dsl -> rows.find(dsl, workspace, articleId))
        .orElseThrow(() -> new NotFound("There is no such article."));
  }
}
