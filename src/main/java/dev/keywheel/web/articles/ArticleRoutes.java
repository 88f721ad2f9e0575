package dev.keywheel.web.articles;

import dev.keywheel.article.edit.ArticleEditor;
import dev.keywheel.article.edit.ArticleTrash;
import dev.keywheel.article.view.ArticleFilter;
import dev.keywheel.article.view.ArticleFilter.Which;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.article.view.ArticleService.Format;
import dev.keywheel.article.view.RunService;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.EditConflict;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.SearchText;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

final class ArticleRoutes implements Screen {
  private static final int REFRESH_SECONDS = 5;
  private static final String OF_PREVIOUS_VERSION =
      "The page was opened before Keywheel was upgraded and had to be reloaded. Read it again"
          + " first.";

  private final WebContext web;
  private final ArticleService articles;
  private final ArticleEditor articleEditor;
  private final RunService runs;
  private final ArticleTrash trash;

  ArticleRoutes(
      WebContext web,
      ArticleService articles,
      ArticleEditor articleEditor,
      RunService runs,
      ArticleTrash trash) {
    this.web = web;
    this.trash = trash;
    this.articles = articles;
    this.articleEditor = articleEditor;
    this.runs = runs;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/articles", RequiredRole.VIEWER, this::list);
    routes.get("/articles/{id}", RequiredRole.VIEWER, ctx -> page(ctx, Fields.none()));
    routes.poll("/articles/{id}/live", RequiredRole.VIEWER, this::live);
    routes.get("/articles/{id}/downloads/{format}", RequiredRole.VIEWER, this::download);
    routes.post("/articles/{id}/review", RequiredRole.OPERATOR, this::review);
    routes.post("/articles/{id}/checks", RequiredRole.OPERATOR, this::check);
    routes.post("/articles/{id}/address", RequiredRole.OPERATOR, this::saveAddress);
  }

  private void list(Context ctx) {
    var search = SearchText.of(ctx.queryParam("q"));
    var from = Page.Cursor.of(ctx);
    var which = Which.of(ctx.queryParam("state"));
    var filter = new ArticleFilter(search, which, from.row(), from.backwards());
    var rows = articles.articles(CurrentUser.of(ctx).workspaceId(), filter, ArticleList.SIZE + 1);
    web.page(
        ctx,
        PageMeta.of(Section.ARTICLES),
        web.templates().articlesIndex(ArticleList.of(filter, rows)));
  }

  private void page(Context ctx, Fields sent) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    var id = Form.pathId(ctx);
    if (trash.has(workspace, id)) {
      ctx.status(HttpStatus.NOT_FOUND);
      var meta = PageMeta.of("Article in the trash", Section.ARTICLES);
      web.page(ctx, meta, web.templates().articlesTrashed(ArticlePage.path(id)));
      return;
    }
    var page = page(ctx, id, sent);
    web.page(
        ctx,
        PageMeta.of(page.article().name(), Section.ARTICLES)
            .refreshedWhile(page.waiting(), REFRESH_SECONDS),
        web.templates().articlesPage(page));
  }

  /** Loads the page again when there is something to read, or when the run has ended without it. */
  private void live(Context ctx) {
    var page = page(ctx, Form.pathId(ctx), Fields.none());
    if (page.waiting()) {
      ctx.status(HttpStatus.NO_CONTENT);
    } else {
      Htmx.seeOther(ctx, page.path());
    }
  }

  private ArticlePage page(Context ctx, UUID id, Fields sent) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    var article = articles.article(workspace, id);
    var own = Objects.requireNonNullElse(article.ownAddress(), "");
    var versions =
        article.parts().stream()
            .map(part -> part.part().version(part.version()))
            .collect(Collectors.joining(" "));
    var fields = Fields.none().with("address", own).with("versions", versions).overlaidWith(sent);
    return new ArticlePage(article, runs.ofArticle(workspace, id), fields);
  }

  private void download(Context ctx) {
    var format = format(ctx.pathParam("format"));
    var file = articles.download(CurrentUser.of(ctx), Form.pathId(ctx), format);
    ctx.header("Content-Disposition", attachment(file.fileName()));
    WebContext.setBinaryType(ctx, file.mediaType());
    ctx.result(file.bytes());
  }

  /**
   * The value of {@code Content-Disposition}, with an ASCII name for old browsers and the full name
   * for all others (RFC 6266).
   */
  static String attachment(String fileName) {
    var plain = fileName.replaceAll("[^A-Za-z0-9._-]", "_");
    var full = URLEncoder.encode(fileName, StandardCharsets.UTF_8).replace("+", "%20");
    return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + full;
  }

  private static Format format(String word) {
    return Arrays.stream(Format.values())
        .filter(format -> format.word().equals(word))
        .findFirst()
        .orElseThrow(() -> new NotFound("There is no download format " + word + "."));
  }

  private void review(Context ctx) {
    var id = Form.pathId(ctx);
    var form = Form.of(ctx);
    var reviewed = form.raw("reviewed").equals("true");
    var seen = List.of(form.raw("versions").split(" "));
    if (reviewed && seen.contains("")) {
      notReviewed(ctx, id, OF_PREVIOUS_VERSION);
      return;
    }
    try {
      articleEditor.setReviewed(id, reviewed, seen, claims(ctx, id), CurrentUser.of(ctx));
    } catch (Conflict changed) {
      notReviewed(ctx, id, String.valueOf(changed.getMessage()));
      return;
    }
    web.done(ctx, ArticlePage.path(id), reviewed ? "Marked as reviewed." : "Marked as a draft.");
  }

  private void notReviewed(Context ctx, UUID article, String why) {
    web.flash(ctx, Severity.WARN, "Not marked as reviewed: " + why);
    Htmx.seeOther(ctx, ArticlePage.path(article));
  }

  /** Ticks a claim ({@code check}) or unticks it ({@code uncheck}). */
  private void check(Context ctx) {
    var id = Form.pathId(ctx);
    var form = Form.of(ctx);
    boolean on = form.ticked("check");
    articleEditor.markClaim(
        id, form.raw(on ? "check" : "uncheck"), on, claims(ctx, id), CurrentUser.of(ctx));
    if (Htmx.isFragmentRequest(ctx)) {
      // Keeps the versions that the form sent, because only some parts of the page are replaced.
      web.fragment(ctx, web.templates().articlesClaimTicked(page(ctx, id, Fields.sent(ctx))));
    } else {
      Htmx.seeOther(ctx, ArticlePage.path(id) + "#review");
    }
  }

  /** The keys that identify the current claims. */
  private Set<String> claims(Context ctx, UUID id) {
    return page(ctx, id, Fields.none()).claims().stream()
        .map(claim -> claim.key())
        .collect(Collectors.toSet());
  }

  private void saveAddress(Context ctx) {
    var id = Form.pathId(ctx);
    try {
      var form = Form.of(ctx);
      articleEditor.setAddress(
          id,
          form.raw("address"),
          CurrentUser.of(ctx),
          now -> EditConflict.checkField(form, "address", now));
      web.done(ctx, ArticlePage.path(id), "Saved. Downloads now use this address.");
    } catch (Rejected rejected) {
      ctx.status(HttpStatus.UNPROCESSABLE_CONTENT);
      page(ctx, Fields.sent(ctx).refused(rejected));
    }
  }
}
