package dev.keywheel.article;

import dev.keywheel.article.page.Publication;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.Headings;
import dev.keywheel.article.run.Material;
import dev.keywheel.article.run.PartBodies.ImageBody;
import dev.keywheel.article.run.PartBodies.TextBody;
import dev.keywheel.article.run.PartName;
import dev.keywheel.article.run.PartRows;
import dev.keywheel.article.run.PartRows.Part;
import dev.keywheel.article.text.Clean;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.Audit;
import dev.keywheel.people.Person;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Refused;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;

/** What people do with an article by hand: change its parts, bring them back, lock, vouch for. */
public final class Editing {
  private static final int MOST_SOURCE = 200_000;

  private final Database database;
  private final InstantSource clock;
  private final ToolCheck toolCheck;
  private final PartChanges changes;
  private final ArticleRows rows = new ArticleRows();
  private final PartRows parts = new PartRows();

  Editing(Database database, Audit audit, Ids ids, InstantSource clock, ToolCheck toolCheck) {
    this.database = database;
    this.clock = clock;
    this.toolCheck = toolCheck;
    this.changes = new PartChanges(audit, ids, clock);
  }

  /**
   * Saves what a person wrote as a new version and locks the part.
   *
   * @param basedOn the version that was edited
   * @return what came of it; a text that is the same makes no version, unless it was stale: then it
   *     is confirmed
   * @throws dev.keywheel.problem.Conflict when somebody saved another version meanwhile
   * @throws dev.keywheel.problem.Refused when the text cannot stand in the page; the sentence says
   *     where
   */
  public Edited edit(UUID articleId, PartName part, int basedOn, String source, Person who) {
    if (source.length() > MOST_SOURCE) {
      throw new Refused(
          "source",
          "The text has " + source.length() + " characters; " + MOST_SOURCE + " are allowed.");
    }
    var article = article(who.workspaceId(), articleId);
    var body = body(article, database.read(dsl -> material(dsl, articleId)), part, source);
    return database.inTx(
        tx -> {
          parts.hold(tx, articleId);
          var current = current(tx, articleId, part);
          if (current.version() != basedOn) {
            throw new Conflict(
                "Changed since you opened it",
                "Somebody saved version "
                    + current.version()
                    + " meanwhile; yours is based on version "
                    + basedOn
                    + ". Compare them first.");
          }
          if (!current.stale() && PartSource.same(current, source)) {
            return new Edited(false, List.of());
          }
          var held = material(tx.dsl(), articleId);
          changes.save(
              tx, articleId, part, "edit", body, changes.picture(tx, articleId, part), true, who);
          changes.follow(tx, articleId, part, held, body, who);
          changes.changed(tx, article, "article.edited", part, who);
          return new Edited(true, PartSource.emptied(held, part, body));
        });
  }

  /**
   * What came of an edit.
   *
   * @param changed false when the text was the same
   * @param emptied a sentence for each heading that had a text before and has none now
   */
  public record Edited(boolean changed, List<String> emptied) {}

  /** Makes a copy of an old version the current one. */
  public void restore(UUID articleId, PartName part, int version, Person who) {
    var article = article(who.workspaceId(), articleId);
    var old = version(articleId, part, version);
    var body = again(article, database.read(dsl -> material(dsl, articleId)), old);
    database.runTx(
        tx -> {
          parts.hold(tx, articleId);
          var held = material(tx.dsl(), articleId);
          var locked = current(tx, articleId, part).locked();
          var image =
              part == PartName.IMAGE ? parts.pictureOf(tx.dsl(), old.id()).orElse(null) : null;
          changes.save(tx, articleId, part, "restore", body, image, locked, who);
          changes.follow(tx, articleId, part, held, body, who);
          changes.changed(tx, article, "article.restored", part, who);
        });
  }

  /** A locked part is left alone by later runs. */
  public void lock(UUID articleId, PartName part, boolean locked, Person who) {
    var article = article(who.workspaceId(), articleId);
    database.runTx(
        tx -> {
          parts.hold(tx, articleId);
          current(tx, articleId, part);
          parts.locked(tx, articleId, part, locked);
          changes.record(tx, article, locked ? "article.locked" : "article.unlocked", part, who);
        });
  }

  /**
   * Says where the article will stand in public.
   *
   * @param typed as it was typed; nothing takes it back
   * @throws Refused at {@code address} when it is no address
   */
  public void address(UUID articleId, String typed, Person who) {
    var address = Publication.address("address", typed);
    var article = article(who.workspaceId(), articleId);
    database.runTx(
        tx -> {
          rows.address(tx, articleId, address);
          changes.record(
              tx,
              article,
              "article.addressed",
              Map.of("address", address == null ? "none" : address),
              who);
        });
  }

  /** A person vouches for the article, or takes that back. */
  public void reviewed(UUID articleId, boolean reviewed, Person who) {
    var article = article(who.workspaceId(), articleId);
    database.runTx(
        tx -> {
          rows.reviewed(tx, articleId, reviewed, who.userId(), who.email(), clock.instant());
          changes.record(
              tx,
              article,
              reviewed ? "article.reviewed" : "article.unreviewed",
              PartName.PLAN,
              who);
        });
  }

  /**
   * What an old version holds. A tool is checked again: its version may be from before its review.
   */
  private Object again(ArticleRows.Article article, Material before, Part old) {
    return switch (old.name()) {
      case PLAN -> old.as(PagePlan.class);
      case TOOL -> body(article, before, PartName.TOOL, PartSource.of(old));
      case SECTION_1, SECTION_2, FAQ -> placed(before, old);
      case REVIEW, GUIDE, IMAGE -> old.body();
    };
  }

  /** An old version under the plan of today, by the headings that it was written for. */
  private static Object placed(Material before, Part old) {
    var body = old.as(TextBody.class);
    if (before.plan().isEmpty() || body.headings().isEmpty()) {
      return old.body();
    }
    var headings = Headings.of(before.plan().get(), old.name());
    return headings.placed(body, new Headings(body.headings(), headings.kept()), false);
  }

  private Object body(ArticleRows.Article article, Material before, PartName part, String source) {
    var plan =
        before.plan().orElseThrow(() -> new Refused("source", "This article has no plan yet."));
    return switch (part) {
      case PLAN -> {
        var last =
            database.read(dsl -> rows.lastWhole(dsl, article.id())).orElseThrow(Editing::noArticle);
        yield PartSource.plan(source, last.inputs().wishes());
      }
      case TOOL -> PartSource.tool(source, plan, article.language(), toolCheck);
      case GUIDE, SECTION_1, SECTION_2, FAQ ->
          PartSource.texts(source, part, plan, before.body(part));
      case IMAGE -> {
        var image =
            before
                .part(PartName.IMAGE)
                .map(p -> p.as(ImageBody.class))
                .orElseThrow(Editing::noPart);
        yield new ImageBody(Clean.cut(Clean.line(source), 140), image.origin(), image.why());
      }
      case REVIEW ->
          throw new Refused("source", "The tool's review is a record and cannot be edited.");
    };
  }

  private Material material(DSLContext dsl, UUID articleId) {
    return Material.of(parts.current(dsl, articleId));
  }

  private ArticleRows.Article article(UUID workspace, UUID articleId) {
    return database
        .read(dsl -> rows.find(dsl, workspace, articleId))
        .orElseThrow(Editing::noArticle);
  }

  private Part version(UUID articleId, PartName part, int version) {
    return database
        .read(dsl -> parts.version(dsl, articleId, part, version))
        .orElseThrow(Editing::noPart);
  }

  private Part current(Tx tx, UUID articleId, PartName part) {
    return parts.current(tx.dsl(), articleId, part).orElseThrow(Editing::noPart);
  }

  private static NotFound noArticle() {
    return new NotFound("There is no such article here.");
  }

  private static NotFound noPart() {
    return new NotFound("This article has no such version of this part.");
  }
}
