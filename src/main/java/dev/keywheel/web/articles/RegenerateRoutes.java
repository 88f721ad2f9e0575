package dev.keywheel.web.articles;

import dev.keywheel.article.edit.Regeneration;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.article.view.ArticleView;
import dev.keywheel.article.view.ArticleView.PartView;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;

/** The form that regenerates an article, filled in with the inputs of its last run. */
final class RegenerateRoutes implements Screen {

  private final WebContext web;
  private final ArticleService articles;
  private final Regeneration regeneration;
  private final PoolNotes pools;

  RegenerateRoutes(
      WebContext web, ArticleService articles, Regeneration regeneration, PoolNotes pools) {
    this.web = web;
    this.articles = articles;
    this.regeneration = regeneration;
    this.pools = pools;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/articles/{id}/again", RequiredRole.OPERATOR, this::form);
    routes.post("/articles/{id}/runs", RequiredRole.OPERATOR, this::generate);
  }

  private void form(Context ctx) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    var article = articles.article(workspace, Form.pathId(ctx));
    var typed = regeneration.form(workspace, article.id());
    show(ctx, NewArticlePage.again(typed, pools.of(workspace), again(article)));
  }

  private void generate(Context ctx) {
    var id = Form.pathId(ctx);
    var form = Form.of(ctx);
    var typed = NewArticleRoutes.typed(form);
    try {
      var run = regeneration.regenerateAll(id, typed, CurrentUser.of(ctx), form.requestId());
      Htmx.seeOther(ctx, "/runs/" + run);
    } catch (Conflict conflict) {
      throw conflict;
    } catch (Rejected rejected) {
      var workspace = CurrentUser.of(ctx).workspaceId();
      FormErrorStatus.set(ctx, rejected);
      show(
          ctx,
          NewArticlePage.refused(typed, pools.of(workspace), rejected)
              .of(again(articles.article(workspace, id))));
    }
  }

  private static NewArticlePage.ArticleToRegenerate again(ArticleView article) {
    return new NewArticlePage.ArticleToRegenerate(
        ArticlePage.path(article.id()),
        article.name(),
        article.parts().stream()
            .filter(PartView::locked)
            .map(part -> part.part().label())
            .toList());
  }

  private void show(Context ctx, NewArticlePage page) {
    web.page(
        ctx,
        PageMeta.of("Regenerate article", Section.ARTICLES),
        web.templates().articlesForm(page));
  }
}
