package dev.keywheel.web.keys.list;

import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.SavedViews;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Objects;
import java.util.regex.Pattern;

public final class KeyListRoutes implements Screen {
  private static final Pattern SEARCH = Pattern.compile("[?&]q=([^&#]*)");

  private final WebContext web;
  private final KeyPages pages;
  private final KeyCsv csv;
  private final SavedViews views;
  private final KeyCommands edits;

  public KeyListRoutes(WebContext web, KeyPages pages, KeyList list, KeyCommands edits) {
    this.web = web;
    this.pages = pages;
    this.csv = new KeyCsv(list);
    this.views = list.views();
    this.edits = edits;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/keys", RequiredRole.VIEWER, this::page);
    routes.get("/keys/rows", RequiredRole.VIEWER, this::rows);
    routes.poll("/keys/table", RequiredRole.VIEWER, this::table);
    routes.poll("/keys/progress", RequiredRole.VIEWER, this::progress);
    routes.get(KeysQuery.CSV, RequiredRole.VIEWER, this::csv);
  }

  private void page(Context ctx) {
    KeysQuery query = KeysQuery.of(ctx);
    var snapshot = pages.snapshot(CurrentUser.of(ctx).workspaceId());
    var page =
        new KeyListPage(
            pages.table(snapshot, query),
            pages.providers(snapshot),
            pages.tags(snapshot, query),
            views.of(CurrentUser.of(ctx)));
    web.page(ctx, PageMeta.of(Section.KEYS), web.templates().keysIndex(page));
  }

  /**
   * The list after a search, a new order or a link to another page. It still shows the tests that
   * were started from the page.
   */
  private void rows(Context ctx) {
    KeysQuery query =
        KeysQuery.of(ctx)
            .withStartedOf(Objects.requireNonNullElse(ctx.header("HX-Current-URL"), ""));
    var here = query.reload().toString();
    ctx.header(isNewHistoryEntry(ctx, here) ? "HX-Push-Url" : "HX-Replace-Url", here);
    answer(ctx, pages.snapshot(CurrentUser.of(ctx).workspaceId()), query);
  }

  /**
   * Whether the URL becomes a new entry of the browser history: true for a link, a filter or an
   * order. Typing and each step of a search that continues automatically replace the current entry.
   */
  private static boolean isNewHistoryEntry(Context ctx, String here) {
    var by = ctx.queryParam("by");
    var before = Objects.requireNonNullElse(ctx.header("HX-Current-URL"), here);
    return by == null
        || (by.equals("filter")
            && !before.endsWith(here)
            && searchText(before).equals(searchText(here)));
  }

  /** The search text in a URL. */
  private static String searchText(String url) {
    var found = SEARCH.matcher(url);
    return found.find() ? found.group(1) : "";
  }

  /** The displayed list again if it has changed; otherwise 304. */
  private void table(Context ctx) {
    var snapshot = pages.snapshot(CurrentUser.of(ctx).workspaceId());
    if (!Htmx.answerIfUnchanged(ctx, snapshot.version())) {
      answer(ctx, snapshot, KeysQuery.of(ctx));
    }
  }

  private void progress(Context ctx) {
    var edits = pages.progress(CurrentUser.of(ctx).workspaceId());
    web.update(ctx, KeyProgress.version(edits), web.templates().keysProgress(edits));
  }

  private void csv(Context ctx) throws IOException {
    var by = CurrentUser.of(ctx);
    KeysQuery query = KeysQuery.of(ctx);
    edits.recordExport(by, KeyCsv.details(query.filter()));
    ctx.header("Content-Disposition", "attachment; filename=\"keywheel-keys.csv\"");
    ctx.contentType("text/csv; charset=utf-8");
    csv.write(by.workspaceId(), query, ctx.outputStream());
  }

  private void answer(Context ctx, KeyPages.Snapshot snapshot, KeysQuery query) {
    web.fragment(ctx, web.templates().keysUpdated(pages.table(snapshot, query)));
  }
}
