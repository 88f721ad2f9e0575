package dev.keywheel.web.articles;

import dev.keywheel.article.ArticleFilter;
import dev.keywheel.article.ArticleFilter.Which;
import dev.keywheel.article.Articles;
import dev.keywheel.article.Articles.Format;
import dev.keywheel.article.Editing;
import dev.keywheel.article.Runs;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Refused;
import dev.keywheel.web.Access;
import dev.keywheel.web.Fields;
import dev.keywheel.web.Form;
import dev.keywheel.web.Head;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.PageOf;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.SearchText;
import dev.keywheel.web.Section;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import java.util.Arrays;
import java.util.Objects;

/** The list of articles, and one to read, take away and vouch for. */
public final class ArticleRoutes implements Screen {
  private static final int REFRESH_SECONDS = 5;

  private final Web web;
  private final Articles articles;
  private final Editing editing;
  private final Runs runs;

  public ArticleRoutes(Web web, Articles articles, Editing editing, Runs runs) {
    this.web = web;
    this.articles = articles;
    this.editing = editing;
    this.runs = runs;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/articles", Access.VIEWER, this::list);
    routes.get("/articles/{id}", Access.VIEWER, ctx -> page(ctx, Fields.none()));
    routes.get("/articles/{id}/downloads/{format}", Access.VIEWER, this::download);
    routes.post("/articles/{id}/review", Access.OPERATOR, this::review);
    routes.post("/articles/{id}/address", Access.OPERATOR, this::address);
    routes.post("/articles/{id}/deletion", Access.OPERATOR, this::delete);
  }

  private void list(Context ctx) {
    var search = SearchText.of(ctx.queryParam("q"));
    var before = PageOf.cursor(ctx.queryParam("before"));
    var filter =
        new ArticleFilter(
            search,
            Which.of(ctx.queryParam("state")),
            before != null ? before : PageOf.cursor(ctx.queryParam("after")),
            before != null);
    var rows = articles.articles(Viewer.of(ctx).workspaceId(), filter, ArticleList.SIZE + 1);
    web.view()
        .page(
            ctx,
            Head.of(Section.ARTICLES),
            web.templates().articlesIndex(ArticleList.of(filter, rows)));
  }

  private void page(Context ctx, Fields sent) {
    var workspace = Viewer.of(ctx).workspaceId();
    var id = Form.pathId(ctx, "id");
    var article = articles.article(workspace, id);
    var own = Objects.requireNonNullElse(article.ownAddress(), "");
    var fields = Fields.none().with("address", own).under(sent);
    var page = new ArticlePage(article, runs.ofArticle(workspace, id), fields);
    var head = Head.of(page.article().name(), Section.ARTICLES);
    web.view()
        .page(
            ctx,
            page.live() && !page.readable() ? head.refreshedEvery(REFRESH_SECONDS) : head,
            web.templates().articlesPage(page));
  }

  private void download(Context ctx) {
    var format = format(ctx.pathParam("format"));
    var file = articles.download(Viewer.of(ctx).workspaceId(), Form.pathId(ctx, "id"), format);
    ctx.header("Content-Disposition", FileName.attachment(file.fileName()));
    ctx.contentType(file.mediaType()).result(file.bytes());
  }

  private static Format format(String word) {
    return Arrays.stream(Format.values())
        .filter(format -> format.word().equals(word))
        .findFirst()
        .orElseThrow(() -> new NotFound("An article cannot be downloaded as " + word + "."));
  }

  private void review(Context ctx) {
    var id = Form.pathId(ctx, "id");
    var reviewed = Form.of(ctx).raw("reviewed").equals("true");
    editing.reviewed(id, reviewed, Viewer.of(ctx));
    web.view()
        .flash(
            ctx,
            Tone.OK,
            reviewed ? "Marked as reviewed by you." : "The article is a draft again.");
    Htmx.seeOther(ctx, ArticlePage.path(id));
  }

  private void address(Context ctx) {
    var id = Form.pathId(ctx, "id");
    try {
      editing.address(id, Form.of(ctx).raw("address"), Viewer.of(ctx));
      web.view().flash(ctx, Tone.OK, "Saved. Downloads name this address from now on.");
      Htmx.seeOther(ctx, ArticlePage.path(id));
    } catch (Refused refused) {
      ctx.status(422);
      page(ctx, Fields.sent(ctx).refused(refused));
    }
  }

  private void delete(Context ctx) {
    var id = Form.pathId(ctx, "id");
    articles.delete(id, Viewer.of(ctx));
    web.view().flash(ctx, Tone.OK, "The article is off the list. Its runs and their logs stay.");
    Htmx.seeOther(ctx, Section.ARTICLES.path());
  }
}
