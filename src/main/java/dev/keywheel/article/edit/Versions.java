package dev.keywheel.article.edit;

import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.SourceRun;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.db.Database;
import dev.keywheel.problem.NotFound;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads and compares the versions of an article's parts. */
public final class Versions {
  private static final String BY_GENERATOR = "generator";

  private final Database database;
  private final ArticleRepository rows = new ArticleRepository();
  private final PartRepository parts = new PartRepository();

  public Versions(Database database) {
    this.database = database;
  }

  /** Versions of a part, newest first. */
  public List<Version> of(UUID workspace, UUID articleId, PartName part) {
    checkExists(workspace, articleId);
    return database.read(
        dsl -> {
          var versions = parts.versions(dsl, articleId, part);
          var runs = parts.runs(dsl, articleId, part);
          return versions.stream()
              .map(
                  p ->
                      new Version(
                          p.version(),
                          p.current(),
                          p.origin(),
                          runs.get(p.id()),
                          p.createdBy() == null ? "" : p.createdBy(),
                          p.createdAt()))
              .toList();
        });
  }

  /**
   * A part as text for a form: Markdown with {@code @@id@@} lines for guide, sections and FAQ, HTML
   * for the tool, JSON for the plan.
   */
  public String source(UUID workspace, UUID articleId, PartName part, int version) {
    checkExists(workspace, articleId);
    return PartTextCodec.of(version(articleId, part, version));
  }

  public List<DiffLine> diff(UUID workspace, UUID articleId, PartName part, int from, int to) {
    checkExists(workspace, articleId);
    return TextDiff.lines(
        PartTextCodec.of(version(articleId, part, from)),
        PartTextCodec.of(version(articleId, part, to)));
  }

  /**
   * The reviewer's changes to the tool: from the last version of the generator to the current one.
   * Empty if the current version is the generator's own or a user's.
   */
  public List<DiffLine> reviewerChanges(UUID workspace, UUID articleId) {
    checkExists(workspace, articleId);
    var versions = database.read(dsl -> parts.versions(dsl, articleId, PartName.TOOL));
    var current = versions.stream().filter(Part::current).findFirst();
    if (current.isEmpty() || !current.get().as(ToolBody.class).source().equals("validator")) {
      return List.of();
    }
    return versions.stream()
        .filter(p -> p.version() < current.get().version())
        .filter(p -> p.as(ToolBody.class).source().equals(BY_GENERATOR))
        .findFirst()
        .map(before -> TextDiff.lines(PartTextCodec.of(before), PartTextCodec.of(current.get())))
        .orElse(List.of());
  }

  private void checkExists(UUID workspace, UUID articleId) {
    rows.get(database, workspace, articleId);
  }

  private Part version(UUID articleId, PartName part, int version) {
    return database
        .read(dsl -> parts.version(dsl, articleId, part, version))
        .orElseThrow(() -> new NotFound("This article has no such version of this part."));
  }

  /**
   * A version of a part.
   *
   * @param origin run, edit, restore or local
   * @param run null for a user's version
   * @param by the user who saved the version or started the run; may be empty
   */
  public record Version(
      int version,
      boolean current,
      String origin,
      @Nullable SourceRun run,
      String by,
      Instant at) {}

  /**
   * A line of a comparison: {@code kind} is {@code same}, {@code added} or {@code removed}.
   *
   * @param words the text in pieces if the other version has a similar line; otherwise empty
   */
  public record DiffLine(String kind, String text, List<TextDiff.Piece> words) {
    public DiffLine(String kind, String text) {
      this(kind, text, List.of());
    }
  }
}
