package dev.keywheel.article;

import dev.keywheel.article.page.Assembly;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.run.Assembled;
import dev.keywheel.article.run.Material;
import dev.keywheel.article.run.Mode;
import dev.keywheel.article.run.PartBodies.ImageBody;
import dev.keywheel.article.run.PartBodies.TextBody;
import dev.keywheel.article.run.PartName;
import dev.keywheel.article.run.PartRows;
import dev.keywheel.article.run.PartRows.NewPart;
import dev.keywheel.article.run.PartRows.Part;
import dev.keywheel.article.run.PlanChange;
import dev.keywheel.article.run.RunInputs;
import dev.keywheel.article.run.RunStart;
import dev.keywheel.article.text.Clean;
import dev.keywheel.article.text.Words;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.key.PoolId;
import dev.keywheel.people.Audit;
import dev.keywheel.people.Person;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Refused;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What people do with an article's parts: change, compare, bring back, lock, have made again, and
 * vouch for.
 */
public final class Editing {
  private static final int MOST_SOURCE = 200_000;
  private static final int MOST_INSTRUCTION = 300;

  private final Database database;
  private final RunStart start;
  private final Audit audit;
  private final Ids ids;
  private final InstantSource clock;
  private final ToolCheck toolCheck;
  private final ArticleRows rows = new ArticleRows();
  private final PartRows parts = new PartRows();

  Editing(
      Database database,
      RunStart start,
      Audit audit,
      Ids ids,
      InstantSource clock,
      ToolCheck toolCheck) {
    this.database = database;
    this.start = start;
    this.audit = audit;
    this.ids = ids;
    this.clock = clock;
    this.toolCheck = toolCheck;
  }

  /** Versions of a part, newest first. */
  public List<Version> versions(UUID workspace, UUID articleId, PartName part) {
    article(workspace, articleId);
    return database.read(dsl -> parts.versions(dsl, articleId, part)).stream()
        .map(
            p ->
                new Version(
                    p.version(),
                    p.current(),
                    p.origin(),
                    p.createdBy() == null ? "" : p.createdBy(),
                    p.createdAt()))
        .toList();
  }

  /**
   * A part as text for a form: markdown with {@code @@id@@} lines for guide, sections and FAQ, HTML
   * for the tool, JSON for the plan.
   */
  public String source(UUID workspace, UUID articleId, PartName part, int version) {
    article(workspace, articleId);
    return PartSource.of(version(articleId, part, version));
  }

  /** Line by line what changed from one version to another. */
  public List<DiffLine> diff(UUID workspace, UUID articleId, PartName part, int from, int to) {
    article(workspace, articleId);
    return LineDiff.of(
        PartSource.of(version(articleId, part, from)), PartSource.of(version(articleId, part, to)));
  }

  /**
   * Saves what a person wrote as a new version and locks the part.
   *
   * @param basedOn the version that was edited
   * @throws dev.keywheel.problem.Conflict when somebody saved another version meanwhile
   * @throws dev.keywheel.problem.Refused when the text cannot stand in the page; the sentence says
   *     where
   */
  public void edit(UUID articleId, PartName part, int basedOn, String source, Person who) {
    if (source.length() > MOST_SOURCE) {
      throw new Refused(
          "source",
          "The text has " + source.length() + " characters; " + MOST_SOURCE + " are allowed.");
    }
    var article = article(who.workspaceId(), articleId);
    var before = material(articleId);
    var body = body(article, before, part, source);
    database.runTx(
        tx -> {
          var current = current(tx, articleId, part);
          if (current.version() != basedOn) {
            throw new Conflict(
                "Somebody saved version "
                    + current.version()
                    + " meanwhile; yours is based on version "
                    + basedOn
                    + ". Compare them first.");
          }
          save(tx, articleId, part, "edit", body, picture(tx, articleId, part), true, who);
          follow(tx, articleId, part, before, body, who);
          changed(tx, article, "article.edited", part, who);
        });
  }

  /** Makes a copy of an old version the current one. */
  public void restore(UUID articleId, PartName part, int version, Person who) {
    var article = article(who.workspaceId(), articleId);
    var old = version(articleId, part, version);
    var before = material(articleId);
    database.runTx(
        tx -> {
          var locked = current(tx, articleId, part).locked();
          var image =
              part == PartName.IMAGE ? parts.pictureOf(tx.dsl(), old.id()).orElse(null) : null;
          save(tx, articleId, part, "restore", old.body(), image, locked, who);
          follow(
              tx,
              articleId,
              part,
              before,
              part == PartName.PLAN ? old.as(PagePlan.class) : old.body(),
              who);
          changed(tx, article, "article.restored", part, who);
        });
  }

  /** A locked part is left alone by later runs. */
  public void lock(UUID articleId, PartName part, boolean locked, Person who) {
    var article = article(who.workspaceId(), articleId);
    database.runTx(
        tx -> {
          current(tx, articleId, part);
          parts.locked(tx, articleId, part, locked);
          record(tx, article, locked ? "article.locked" : "article.unlocked", part, who);
        });
  }

  /**
   * Has one part made again, in a run of its own with a fresh plan, by the key at its operation's
   * position.
   *
   * @param heading id of the one block to write again, for sections; null for the whole part
   * @param instruction such as "shorter"; may be empty
   * @return id of the run
   * @throws dev.keywheel.problem.Conflict when the part is locked or a run works on the article
   */
  public UUID regenerate(
      UUID articleId,
      PartName part,
      @Nullable String heading,
      String instruction,
      Person who,
      UUID requestId) {
    var article = article(who.workspaceId(), articleId);
    var wish = Clean.line(instruction);
    if (wish.length() > MOST_INSTRUCTION) {
      throw new Refused(
          "instruction",
          "The instruction has "
              + wish.length()
              + " characters; "
              + MOST_INSTRUCTION
              + " are allowed.");
    }
    var material = material(articleId);
    if (material.part(part).filter(Part::locked).isPresent()) {
      throw new Conflict("This part is locked. Unlock it before it is made again.");
    }
    checkHeading(material, part, heading);
    var last = database.read(dsl -> rows.lastRun(dsl, articleId)).orElseThrow(Editing::noArticle);
    var first =
        database.read(dsl -> rows.firstInputs(dsl, articleId)).orElseThrow(Editing::noArticle);
    var inputs = new RunInputs(first.wishes(), part.operation(), heading, wish);
    var pool = new PoolId(article.workspace(), last.provider());
    return start.again(articleId, inputs, pool, Mode.PARALLEL, article.demo(), who, requestId);
  }

  /** A person vouches for the article, or takes that back. */
  public void reviewed(UUID articleId, boolean reviewed, Person who) {
    var article = article(who.workspaceId(), articleId);
    database.runTx(
        tx -> {
          rows.reviewed(tx, articleId, reviewed, who.userId(), who.email(), clock.instant());
          record(
              tx,
              article,
              reviewed ? "article.reviewed" : "article.unreviewed",
              PartName.PLAN,
              who);
        });
  }

  private static void checkHeading(Material material, PartName part, @Nullable String heading) {
    if (heading == null) {
      return;
    }
    var headings =
        switch (part) {
          case SECTION_1 -> material.plan().map(p -> p.section1().headings()).orElse(List.of());
          case SECTION_2 -> material.plan().map(p -> p.section2().headings()).orElse(List.of());
          case PLAN, TOOL, REVIEW, GUIDE, FAQ, IMAGE -> List.<PagePlan.Heading>of();
        };
    if (headings.stream().noneMatch(h -> h.id().equals(heading))) {
      throw new Refused("heading", "This part has no heading \"" + heading + "\".");
    }
  }

  private Object body(ArticleRows.Article article, Material before, PartName part, String source) {
    var plan =
        before.plan().orElseThrow(() -> new Refused("source", "This article has no plan yet."));
    return switch (part) {
      case PLAN -> {
        var first =
            database
                .read(dsl -> rows.firstInputs(dsl, article.id()))
                .orElseThrow(Editing::noArticle);
        yield PartSource.plan(source, first.wishes());
      }
      case TOOL -> PartSource.tool(source, plan, article.language(), toolCheck);
      case GUIDE, SECTION_1, SECTION_2, FAQ -> PartSource.texts(source, part, plan);
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

  private byte @Nullable [] picture(Tx tx, UUID articleId, PartName part) {
    return part == PartName.IMAGE ? parts.picture(tx.dsl(), articleId).orElse(null) : null;
  }

  /**
   * What the change of one part means for the others: texts move with their headings, what rests on
   * it is stale.
   */
  private void follow(
      Tx tx, UUID articleId, PartName part, Material before, Object body, Person who) {
    if (part == PartName.TOOL) {
      parts.stale(tx, articleId, Set.of(PartName.GUIDE));
    }
    if (!(body instanceof PagePlan plan)) {
      return;
    }
    var change = new PlanChange(before.plan().orElse(plan), plan);
    move(
        tx,
        articleId,
        PartName.SECTION_1,
        before,
        change.section(1, before.texts(PartName.SECTION_1)),
        who);
    move(
        tx,
        articleId,
        PartName.SECTION_2,
        before,
        change.section(2, before.texts(PartName.SECTION_2)),
        who);
    move(tx, articleId, PartName.FAQ, before, change.faq(before.texts(PartName.FAQ)), who);
    parts.stale(tx, articleId, change.stale());
  }

  private void move(
      Tx tx, UUID articleId, PartName part, Material before, Texts texts, Person who) {
    var old = before.part(part);
    if (old.isPresent() && !before.texts(part).equals(texts)) {
      var origin = old.get().origin().equals("run") ? "run" : "edit";
      save(tx, articleId, part, origin, new TextBody(texts), null, old.get().locked(), who);
    }
  }

  private void save(
      Tx tx,
      UUID articleId,
      PartName part,
      String origin,
      Object body,
      byte @Nullable [] image,
      boolean locked,
      Person who) {
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
            null,
            locked,
            who.userId(),
            who.email());
    parts.insert(tx, version, clock.instant());
  }

  /** Measures the article anew and writes the deed down. */
  private void changed(Tx tx, ArticleRows.Article article, String deed, PartName part, Person who) {
    var now = clock.instant();
    var material = Material.of(parts.current(tx.dsl(), article.id()));
    var about =
        new Assembled.About(article.language(), article.createdAt(), now, article.reviewedBy());
    Assembled.parts(material, about)
        .ifPresent(
            made -> {
              var quality = Assembled.quality(material, made);
              int words = Words.count(new Assembly(made).plainText());
              rows.measured(
                  tx,
                  article.id(),
                  made.plan().title(),
                  made.plan().slug(),
                  words,
                  quality.score(),
                  quality.groups(),
                  now);
            });
    record(tx, article, deed, part, who);
  }

  private void record(Tx tx, ArticleRows.Article article, String deed, PartName part, Person who) {
    audit.record(
        tx,
        article.workspace(),
        who.email(),
        who.userId(),
        deed,
        article.id().toString(),
        Map.of("part", part.word()));
  }

  private Material material(UUID articleId) {
    return Material.of(database.read(dsl -> parts.current(dsl, articleId)));
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

  /**
   * A version of a part.
   *
   * @param origin run, edit, restore or local
   * @param by who or what made it
   */
  public record Version(int version, boolean current, String origin, String by, Instant at) {}

  /** A line of a comparison: {@code kind} is {@code same}, {@code added} or {@code removed}. */
  public record DiffLine(String kind, String text) {}
}
