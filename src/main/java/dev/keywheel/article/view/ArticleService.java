package dev.keywheel.article.view;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.edit.PublicationSettings;
import dev.keywheel.article.export.ArticleFile;
import dev.keywheel.article.export.Exports;
import dev.keywheel.article.page.CoverImage;
import dev.keywheel.article.page.Publication;
import dev.keywheel.article.run.engine.RunCommands;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.article.tool.FramedTool;
import dev.keywheel.article.view.ArticleCache.CachedArticle;
import dev.keywheel.db.Database;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.Providers;
import dev.keywheel.run.RunQueries;
import dev.keywheel.settings.SettingsStore;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/** Articles, as users request, view and download them. */
public final class ArticleService {
  private final Database database;
  private final Providers providers;
  private final RunCommands runs;
  private final SettingsStore settings;
  private final Audit audit;
  private final Exports exports = new Exports();
  private final ArticleRepository rows = new ArticleRepository();
  private final PartRepository parts = new PartRepository();
  private final ArticleCache cache = new ArticleCache();

  public ArticleService(
      Database database,
      Providers providers,
      RunCommands runs,
      SettingsStore settings,
      Audit audit) {
    this.database = database;
    this.providers = providers;
    this.runs = runs;
    this.settings = settings;
    this.audit = audit;
  }

  /**
   * Creates the article and its run, which is queued at the limit of concurrent runs.
   *
   * @param requestId from the form; a second request with this id returns the same run
   * @return id of the run
   * @throws dev.keywheel.problem.Rejected with the field's name when the form cannot be used
   * @throws dev.keywheel.problem.RateLimited when 50 runs are queued
   */
  public UUID generate(NewArticle form, Principal who, UUID requestId) {
    return runs.createArticle(form.runRequest(providers, who, requestId));
  }

  /**
   * @throws dev.keywheel.problem.NotFound when the workspace has no such article
   */
  public ArticleView article(UUID workspace, UUID articleId) {
    var publicationSettings = publicationSettings(workspace);
    return database.read(
        dsl -> {
          var article = rows.get(dsl, workspace, articleId);
          var last = RunQueries.last(dsl, articleId).orElseThrow(ArticleRepository::noArticle);
          var partSet = parts.current(dsl, articleId);
          var publication = publication(publicationSettings, article, partSet);
          var made = cache.of(article, publication, partSet);
          return new ArticleView(
              articleId,
              article.title() == null ? article.topic() : article.title(),
              article.demo(),
              made.map(CachedArticle::body).orElse(null),
              made.map(CachedArticle::quality).orElse(null),
              article.checkedClaims(),
              last.state().ended() ? made.map(CachedArticle::gaps).orElse(List.of()) : List.of(),
              partSet.parts().values().stream()
                  .map(p -> ArticleView.PartView.of(partSet, p))
                  .toList(),
              ToolReport.of(partSet).orElse(null),
              article.reviewed(),
              article.lastReviewer(),
              article.lastReviewAt(),
              article.address(),
              publication.address(),
              last.id(),
              last.state());
        });
  }

  /** The public site of the articles of a workspace; empty if not set. */
  public String site(UUID workspace) {
    return publicationSettings(workspace).site();
  }

  /** The articles that match the filter, newest first. */
  public List<ArticleRow> articles(UUID workspace, ArticleFilter filter, int limit) {
    return database.read(dsl -> ArticleSearch.rows(dsl, workspace, filter, limit));
  }

  /**
   * The document for the tool's own frame, with the HTTP headers to send.
   *
   * @param part id of the tool's version
   * @param sha256 expected hash of the document in hex; with another hash the tool is not found
   */
  public ToolFrame tool(UUID workspace, UUID part, String sha256) {
    var document =
        database
            .read(dsl -> parts.byId(dsl, workspace, part))
            .filter(p -> p.name() == PartName.TOOL)
            .map(p -> p.as(ToolBody.class).document())
            .filter(d -> FramedTool.sha256(d).equals(sha256))
            .orElseThrow(() -> new NotFound("There is no such tool."));
    return new ToolFrame(FramedTool.document(document), FramedTool.headers());
  }

  /** The id of the article's current picture. */
  public UUID pictureId(UUID workspace, UUID articleId) {
    return database
        .read(dsl -> parts.pictureId(dsl, rows.get(dsl, workspace, articleId).id()))
        .orElseThrow(ArticleService::noPicture);
  }

  /** The picture as PNG, 1200 × 630, or 600 × 315 when {@code small}. */
  public byte[] picture(UUID pictureId, boolean small) {
    var png =
        database
            .read(dsl -> parts.pictureOf(dsl, pictureId))
            .orElseThrow(ArticleService::noPicture);
    return small ? CoverImage.halfSize(png) : png;
  }

  private static NotFound noPicture() {
    return new NotFound("This article has no picture yet.");
  }

  /**
   * Exports the article, and records the export in the audit log.
   *
   * @throws dev.keywheel.problem.Rejected when the article has no plan yet
   */
  public Download download(Principal who, UUID articleId, Format format) {
    var download = download(who.workspaceId(), articleId, format);
    var details = Map.of("format", format.word());
    database.runTx(
        tx -> audit.record(tx, who, AuditAction.ARTICLE_DOWNLOADED, articleId.toString(), details));
    return download;
  }

  private Download download(UUID workspace, UUID articleId, Format format) {
    var publicationSettings = publicationSettings(workspace);
    var file =
        database.read(
            dsl -> {
              var article = rows.get(dsl, workspace, articleId);
              var partSet = parts.current(dsl, articleId);
              var made =
                  cache
                      .of(article, publication(publicationSettings, article, partSet), partSet)
                      .orElseThrow(
                          () ->
                              new Rejected(
                                  "This article has no plan yet, so there is nothing to download."));
              return new ArticleFile(
                  article.topic(),
                  made.parts(),
                  parts.picture(dsl, articleId).orElse(null),
                  made.quality(),
                  ReportedCalls.of(dsl, articleId));
            });
    return switch (format) {
      case HTML -> new Download(file.name("html"), "text/html; charset=utf-8", exports.html(file));
      case MARKDOWN ->
          new Download(file.name("md"), "text/markdown; charset=utf-8", exports.markdown(file));
      case ZIP -> new Download(file.name("zip"), "application/zip", exports.zip(file));
      case JSON -> new Download(file.name("json"), "application/json", exports.json(file));
      case WORDPRESS ->
          new Download(file.name("wordpress.xml"), "application/xml", exports.wordpress(file));
    };
  }

  private PublicationSettings publicationSettings(UUID workspace) {
    return PublicationSettings.of(settings, workspace);
  }

  private static Publication publication(
      PublicationSettings publicationSettings, ArticleRepository.Article article, PartSet partSet) {
    var slug = partSet.plan().map(plan -> plan.slug()).orElse(article.slug());
    return publicationSettings.publication(article.address(), article.author(), slug);
  }

  /**
   * The tool's document.
   *
   * @param headers HTTP headers by name; all must be sent, because they confine the tool
   */
  public record ToolFrame(String html, Map<String, String> headers) {}

  public record Download(String fileName, String mediaType, byte[] bytes) {}

  /** Export formats. The text of the link is <i>Download</i> followed by the label. */
  public enum Format {
    HTML("HTML"),
    MARKDOWN("Markdown"),
    ZIP("ZIP"),
    JSON("JSON"),
    WORDPRESS("WordPress file");

    private final String label;

    Format(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }

    /** The name in URLs, in lower case. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
