package dev.keywheel.web.keys;

import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.edit.KeyTrash;
import dev.keywheel.key.search.BulkResult;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.keys.list.KeyProgress;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Paging;
import dev.keywheel.web.page.SearchText;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Routes of the trash, where deleted keys can be searched and restored for seven days. */
final class TrashRoutes implements Screen {
  private static final String PATH = "/keys/trash";

  private final WebContext web;
  private final KeyList list;
  private final KeyTrash trash;
  private final KeyCommands edits;
  private final InstantSource clock;

  TrashRoutes(
      WebContext web, KeyList list, KeyTrash trash, KeyCommands edits, InstantSource clock) {
    this.web = web;
    this.list = list;
    this.trash = trash;
    this.edits = edits;
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.VIEWER, this::page);
    routes.poll(PATH + "/live", RequiredRole.VIEWER, this::live);
    routes.post(PATH + "/restoration", RequiredRole.OPERATOR, this::restore);
  }

  private void page(Context ctx) {
    web.page(ctx, PageMeta.of("Trash", Section.KEYS), web.templates().keysTrash(trashPage(ctx)));
  }

  private void live(Context ctx) {
    web.fragment(ctx, web.templates().keysTrashLive(trashPage(ctx)));
  }

  private TrashPage trashPage(Context ctx) {
    UUID workspace = CurrentUser.of(ctx).workspaceId();
    Paging paging = Paging.of(ctx);
    String search = SearchText.of(ctx.queryParam("q"));
    Instant now = clock.instant();
    var part =
        trash.part(
            workspace,
            new KeyTrash.TrashFilter(search, now),
            paging.cursor(),
            paging.backwards(),
            paging.size());
    Url url =
        Url.of(PATH)
            .with("q", search)
            .with("size", paging.size() == Paging.DEFAULT_SIZE ? null : paging.size());
    return new TrashPage(
        part.keys(),
        search,
        part.matching(),
        part.partial(),
        list.counts(workspace).trashed(),
        now.toString(),
        url.with(paging.backwards() ? "before" : "after", paging.cursor()).toString(),
        paging.backwards(),
        at(url, "before", part.before()),
        at(url, "after", part.after()),
        edits.running(workspace).stream().map(KeyProgress::of).toList());
  }

  private static @Nullable String at(Url url, String side, @Nullable String place) {
    return place == null ? null : url.with(side, place).toString();
  }

  /** Restores one key by the button of its row, the ticked keys, or all matching keys. */
  private void restore(Context ctx) {
    Principal who = CurrentUser.of(ctx);
    Form form = Form.of(ctx);
    List<UUID> one = form.ids("only");
    List<UUID> ticked = one.isEmpty() ? form.ids("id") : one;
    boolean all = one.isEmpty() && form.ticked("all");
    if (!all && ticked.isEmpty()) {
      back(ctx, new Flash(Severity.WARN, "Select at least one key.", null));
      return;
    }
    BulkResult restored =
        all
            ? edits
                .undo()
                .restore(
                    who,
                    new KeyTrash.TrashFilter(
                        SearchText.of(form.raw("q")), SelectedKeysRoutes.asOf(form.raw("as-of"))))
            : edits.undo().restore(who, ticked);
    back(
        ctx,
        new Flash(
            restored.changed() == 0 ? Severity.WARN : Severity.OK,
            KeyMessages.restored(restored),
            restored.queued() ? KeyMessages.LIST : null));
  }

  private void back(Context ctx, Flash flash) {
    web.flash(ctx, flash);
    Htmx.seeOther(ctx, LocalPath.or(Form.of(ctx).raw("view"), PATH));
  }
}
