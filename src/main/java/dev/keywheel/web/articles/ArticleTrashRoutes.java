package dev.keywheel.web.articles;

import dev.keywheel.article.edit.ArticleTrash;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.List;
import java.util.UUID;
import java.util.function.IntSupplier;

final class ArticleTrashRoutes implements Screen {
  private final WebContext web;
  private final ArticleTrash trash;
  private final IntSupplier days;

  /**
   * @param days number of days for which deleted articles are kept
   */
  ArticleTrashRoutes(WebContext web, ArticleTrash trash, IntSupplier days) {
    this.web = web;
    this.trash = trash;
    this.days = days;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(DeletedArticles.PATH, RequiredRole.VIEWER, this::page);
    routes.post(DeletedArticles.PATH + "/restoration", RequiredRole.OPERATOR, this::restore);
    routes.post("/articles/{id}/deletion", RequiredRole.OPERATOR, this::delete);
    routes.post("/articles/{id}/deletion/undo", RequiredRole.OPERATOR, this::undo);
  }

  private void page(Context ctx) {
    var from = Page.Cursor.of(ctx);
    var workspace = CurrentUser.of(ctx).workspaceId();
    var rows = trash.articles(workspace, from.row(), from.backwards(), DeletedArticles.SIZE + 1);
    var url = Url.of(DeletedArticles.PATH);
    var page =
        Page.of(
            rows,
            DeletedArticles.SIZE,
            from.backwards(),
            from.row() == null,
            url,
            ArticleTrash.TrashedArticle::id);
    var here = url.with(from.backwards() ? "before" : "after", from.row()).toString();
    web.page(
        ctx,
        PageMeta.of("Trash", Section.ARTICLES),
        web.templates().articlesTrash(new DeletedArticles(page, days.getAsInt(), here)));
  }

  private void delete(Context ctx) {
    var id = Form.pathId(ctx);
    boolean running = trash.delete(id, CurrentUser.of(ctx));
    var undo = new Flash.Undo("Undo", ArticlePage.path(id) + "/deletion/undo");
    var text =
        "Article moved to the trash."
            + (running ? " Its run will be cancelled after a minute unless you undo." : "");
    var view = view(ctx, Section.ARTICLES.path());
    if (Htmx.isFragmentRequest(ctx)) {
      web.fragment(ctx, web.templates().componentToast(Severity.OK, text, undo, view));
    } else {
      web.flash(ctx, new Flash(Severity.OK, text, undo));
      Htmx.seeOther(ctx, view);
    }
  }

  private void undo(Context ctx) {
    var id = Form.pathId(ctx);
    restore(ctx, List.of(id), view(ctx, Section.ARTICLES.path()) + "#article-" + id);
  }

  /** Restores one article by the button of its row, or all selected articles. */
  private void restore(Context ctx) {
    var form = Form.of(ctx);
    var one = form.ids("only");
    restore(ctx, one.isEmpty() ? form.ids("id") : one, view(ctx, DeletedArticles.PATH));
  }

  private void restore(Context ctx, List<UUID> ids, String next) {
    int restored = ids.isEmpty() ? 0 : trash.restore(ids, CurrentUser.of(ctx));
    var text =
        ids.isEmpty()
            ? "Select at least one article."
            : restored == 0
                ? "Not restored: no longer in the trash."
                : restored == 1 ? "1 article restored." : restored + " articles restored.";
    web.flash(ctx, restored == 0 ? Severity.WARN : Severity.OK, text);
    Htmx.seeOther(ctx, next);
  }

  private static String view(Context ctx, String otherwise) {
    return LocalPath.or(Form.of(ctx).raw("view"), otherwise);
  }
}
