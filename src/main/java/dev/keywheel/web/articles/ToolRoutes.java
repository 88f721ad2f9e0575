package dev.keywheel.web.articles;

import dev.keywheel.article.view.ArticleService;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.Objects;

/** Serves an article's tool, which runs in a frame, and the article's cover image. */
final class ToolRoutes implements Screen {
  private final WebContext web;
  private final ArticleService articles;

  ToolRoutes(WebContext web, ArticleService articles) {
    this.web = web;
    this.articles = articles;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/t/{part}/{sha256}", RequiredRole.VIEWER, this::tool);
    routes.get("/articles/{id}/picture.png", RequiredRole.VIEWER, this::picture);
  }

  /**
   * Serves the tool only to a frame: as a top-level page, it could navigate to another site and so
   * send the typed values there. A browser without {@code Sec-Fetch-Dest} also gets the tool, with
   * the same security headers.
   */
  private void tool(Context ctx) {
    var tool =
        articles.tool(
            CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx, "part"), ctx.pathParam("sha256"));
    var destination = Objects.requireNonNullElse(ctx.header("Sec-Fetch-Dest"), "iframe");
    ctx.header("Vary", "Sec-Fetch-Dest");
    if (destination.equals("iframe")) {
      tool.headers().forEach(ctx::header);
      ctx.contentType("text/html; charset=utf-8").result(tool.html());
    } else {
      web.plain(ctx, "Tool", web.templates().articlesTool(ctx.path() + "?framed=1"));
    }
  }

  private void picture(Context ctx) {
    var id = articles.pictureId(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx));
    boolean small = "small".equals(ctx.queryParam("size"));
    var tag = "\"" + id + (small ? "-small" : "") + "\"";
    ctx.header("ETag", tag).header("Cache-Control", "private, no-cache");
    if (tag.equals(ctx.header("If-None-Match"))) {
      ctx.status(HttpStatus.NOT_MODIFIED);
    } else {
      WebContext.setBinaryType(ctx, "image/png");
      ctx.result(articles.picture(id, small));
    }
  }
}
