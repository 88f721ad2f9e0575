package dev.keywheel.web.keys;

import dev.keywheel.web.CurrentUser;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.PageMeta;
import dev.keywheel.web.RequiredRole;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.WebContext;
import io.javalin.http.Context;

/** The list of keys, and the part of it that asks for news. */
final class KeyListRoutes implements Screen {
  /** With JavaScript off, while keys are tested or changed. */
  private static final int REFRESH_SECONDS = 3;

  private final WebContext web;
  private final KeyPages pages;

  KeyListRoutes(WebContext web, KeyPages pages) {
    this.web = web;
    this.pages = pages;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/keys", RequiredRole.VIEWER, this::page);
    routes.get("/keys/rows", RequiredRole.VIEWER, this::rows);
    routes.poll("/keys/table", RequiredRole.VIEWER, this::table);
  }

  private void page(Context ctx) {
    KeysQuery query = KeysQuery.of(ctx);
    var now = pages.now(CurrentUser.of(ctx).workspaceId());
    var page = new KeyListPage(pages.table(now, query), pages.providers(now), pages.tags(now));
    PageMeta pageMeta = PageMeta.of(Section.KEYS);
    web.view()
        .page(
            ctx,
            page.table().busy() ? pageMeta.refreshedEvery(REFRESH_SECONDS) : pageMeta,
            web.templates().keysIndex(page));
  }

  /** The list as the person wants it now: searched, sorted, turned to another page. */
  private void rows(Context ctx) {
    KeysQuery query = KeysQuery.of(ctx);
    if (ctx.queryParam("by") != null) {
      ctx.header("HX-Replace-Url", query.here().toString());
    }
    answer(ctx, pages.now(CurrentUser.of(ctx).workspaceId()), query);
  }

  /** News for the list as it is. */
  private void table(Context ctx) {
    var now = pages.now(CurrentUser.of(ctx).workspaceId());
    if (!Htmx.unchanged(ctx, now.version())) {
      answer(ctx, now, KeysQuery.of(ctx));
    }
  }

  private void answer(Context ctx, KeyPages.Now now, KeysQuery query) {
    web.view().fragment(ctx, web.templates().keysTable(pages.table(now, query)));
  }
}
