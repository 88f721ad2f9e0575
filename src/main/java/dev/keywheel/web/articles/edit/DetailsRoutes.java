package dev.keywheel.web.articles.edit;

import dev.keywheel.article.edit.DetailsEditor;
import dev.keywheel.article.edit.DetailsEditor.Details;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.articles.ArticlePage;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;

public final class DetailsRoutes implements Screen {
  private static final int NEWEST_VERSION = Integer.MAX_VALUE;

  private final WebContext web;
  private final ArticleService articles;
  private final DetailsEditor details;

  public DetailsRoutes(WebContext web, ArticleService articles, DetailsEditor details) {
    this.web = web;
    this.articles = articles;
    this.details = details;
  }

  @Override
  public void routes(Routes routes) {
    var path = "/articles/{id}/details";
    routes.get(path, RequiredRole.OPERATOR, ctx -> show(ctx, Fields.none()));
    routes.post(path, RequiredRole.OPERATOR, this::save);
    routes.post(path + "/preview", RequiredRole.OPERATOR, ctx -> show(ctx, Fields.sent(ctx)));
    routes.post(path + "/undo", RequiredRole.OPERATOR, this::undo);
  }

  private void show(Context ctx, Fields sent) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    var id = Form.pathId(ctx);
    var now = details.current(workspace, id);
    var name = articles.article(workspace, id).name();
    var page = DetailsPage.of(id, name, articles.site(workspace), now, sent);
    web.page(
        ctx,
        PageMeta.of("Title and search result", Section.ARTICLES),
        web.templates().articlesDetails(page));
  }

  private void save(Context ctx) {
    var id = Form.pathId(ctx);
    var who = CurrentUser.of(ctx);
    var form = Form.of(ctx);
    var typed =
        new Details(
            form.raw("title"),
            form.raw("summary"),
            form.raw("description"),
            form.raw("slug"),
            form.raw("keywords"),
            form.raw("section1"),
            form.raw("section2"),
            form.raw("author"));
    try {
      int basedOn = form.wholeNumber("based_on", 1, NEWEST_VERSION);
      var saved = details.save(id, basedOn, form.raw("author_before"), typed, who);
      web.flash(ctx, message(ctx, saved));
      Htmx.seeOther(ctx, ArticlePage.path(id));
    } catch (Conflict conflict) {
      ctx.status(HttpStatus.CONFLICT);
      var newest = details.current(who.workspaceId(), id);
      var author = newest.details().author();
      boolean kept = form.raw("author").equals(form.raw("author_before"));
      var sent =
          Fields.sent(ctx)
              .with("based_on", newest.version())
              .with("author_before", author)
              .with("author", kept ? author : form.raw("author"));
      show(ctx, sent.refused(conflict));
    } catch (Rejected rejected) {
      ctx.status(HttpStatus.UNPROCESSABLE_CONTENT);
      show(ctx, Fields.sent(ctx).refused(rejected));
    }
  }

  private static Flash message(Context ctx, DetailsEditor.SaveResult saved) {
    if (!saved.changed()) {
      return new Flash(Severity.INFO, "Nothing was changed.", null);
    }
    var path = DetailsPage.path(Form.pathId(ctx));
    var undo = BlockRoutes.undo(path, saved.undo(), saved.unreviewed()).toString();
    return new Flash(
        Severity.OK, "Saved.", saved.undo() == 0 ? null : new Flash.Undo("Undo", undo));
  }

  private void undo(Context ctx) {
    var id = Form.pathId(ctx);
    int version = BlockRoutes.number(ctx.queryParam("version"));
    details.undo(id, version, BlockRoutes.unreviewed(ctx), CurrentUser.of(ctx));
    web.done(ctx, ArticlePage.path(id), "Undone. The fields are as they were before.");
  }
}
