package dev.keywheel.web.articles;

import dev.keywheel.article.ArticleView;
import dev.keywheel.article.ArticleView.PartView;
import dev.keywheel.article.Articles;
import dev.keywheel.article.Remaking;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Refused;
import dev.keywheel.problem.TooMany;
import dev.keywheel.web.Access;
import dev.keywheel.web.Form;
import dev.keywheel.web.Head;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;

/** The form that has an article made again, with what it was made from, to be changed. */
public final class AgainRoutes implements Screen {
  private static final int UNPROCESSABLE = 422;

  private final Web web;
  private final Articles articles;
  private final Remaking remaking;
  private final PoolNotes pools;

  public AgainRoutes(Web web, Articles articles, Remaking remaking, PoolNotes pools) {
    this.web = web;
    this.articles = articles;
    this.remaking = remaking;
    this.pools = pools;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/articles/{id}/again", Access.OPERATOR, this::form);
    routes.post("/articles/{id}/runs", Access.OPERATOR, this::generate);
  }

  private void form(Context ctx) {
    var workspace = Viewer.of(ctx).workspaceId();
    var article = articles.article(workspace, Form.pathId(ctx, "id"));
    var typed = remaking.form(workspace, article.id());
    show(ctx, NewArticlePage.again(typed, pools.of(workspace), again(article)));
  }

  private void generate(Context ctx) {
    var id = Form.pathId(ctx, "id");
    var form = Form.of(ctx);
    var typed = NewArticleRoutes.typed(form);
    try {
      var run = remaking.whole(id, typed, Viewer.of(ctx), form.once());
      Htmx.seeOther(ctx, "/runs/" + run);
    } catch (TooMany | Conflict elsewhere) {
      throw elsewhere;
    } catch (Refused refused) {
      var workspace = Viewer.of(ctx).workspaceId();
      ctx.status(UNPROCESSABLE);
      show(
          ctx,
          NewArticlePage.refused(typed, pools.of(workspace), refused)
              .of(again(articles.article(workspace, id))));
    }
  }

  private static NewArticlePage.Again again(ArticleView article) {
    return new NewArticlePage.Again(
        ArticlePage.path(article.id()),
        article.name(),
        article.parts().stream()
            .filter(PartView::locked)
            .map(part -> part.part().label())
            .toList());
  }

  private void show(Context ctx, NewArticlePage page) {
    web.view()
        .page(ctx, Head.of("Generate again", Section.ARTICLES), web.templates().articlesForm(page));
  }
}
