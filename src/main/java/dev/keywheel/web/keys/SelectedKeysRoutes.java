package dev.keywheel.web.keys;

import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.Selection;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.time.StorableTime;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.keys.list.KeysQuery;
import dev.keywheel.web.keys.list.ListAnswer;
import dev.keywheel.web.keys.list.SelectionPage;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/** Routes for actions on the selected keys of the list: all matching keys or the ticked ones. */
final class SelectedKeysRoutes implements Screen {
  /** Above this number of keys, a deletion must be confirmed by typing the number. */
  static final int MAX_UNCONFIRMED = 20;

  private final WebContext web;
  private final KeyList list;
  private final KeyCommands edits;
  private final ListAnswer answer;

  SelectedKeysRoutes(WebContext web, KeyList list, KeyCommands edits, ListAnswer answer) {
    this.answer = answer;
    this.web = web;
    this.list = list;
    this.edits = edits;
  }

  @Override
  public void routes(Routes routes) {
    routes.post("/keys/enablement", RequiredRole.OPERATOR, ctx -> answer.act(ctx, this::enable));
    routes.post("/keys/disablement", RequiredRole.OPERATOR, ctx -> answer.act(ctx, this::disable));
    routes.post("/keys/deletion", RequiredRole.OPERATOR, ctx -> answer.act(ctx, this::delete));
    routes.post("/keys/deletions/{id}/undo", RequiredRole.OPERATOR, this::undoDeletion);
    routes.post("/keys/changes/{id}/undo", RequiredRole.OPERATOR, this::undo);
    routes.post(
        "/keys/selection",
        RequiredRole.OPERATOR,
        ctx -> answer.act(ctx, it -> more(it, Fields.none())));
    routes.post("/keys/tagging", RequiredRole.OPERATOR, ctx -> tag(ctx, true));
    routes.post("/keys/untagging", RequiredRole.OPERATOR, ctx -> tag(ctx, false));
    routes.post("/keys/account", RequiredRole.OPERATOR, this::setAccount);
  }

  private void enable(Context ctx) {
    changed(ctx, edits.enable(CurrentUser.of(ctx), selection(ctx)), "");
  }

  private void disable(Context ctx) {
    Principal who = CurrentUser.of(ctx);
    KeyCommands.Change change = edits.disable(who, selection(ctx));
    changed(ctx, change, lastActiveKeyWarning(who));
  }

  private void changed(Context ctx, KeyCommands.Change change, String more) {
    answer.show(ctx, KeyMessages.changed(change, more));
  }

  /**
   * A warning if no active key is left, because disabling the last one is not refused; otherwise
   * empty.
   */
  private String lastActiveKeyWarning(Principal who) {
    boolean none = list.counts(who.workspaceId()).counts(null).active() == 0;
    return none ? " No key is active now. Runs wait until one is." : "";
  }

  private void delete(Context ctx) {
    Selection selection = selection(ctx);
    if (selection instanceof Selection.Ids(var ids) && ids.isEmpty()) {
      throw new Rejected("Select at least one key.");
    }
    int size = currentCount(ctx, selection);
    int chosen = shownCount(selection, size);
    String typed = Form.of(ctx).text("typed", 20).replace(",", "");
    boolean confirmed = typed.equals(String.valueOf(size)) && !countChanged(selection, size);
    if (size > 0 && chosen > MAX_UNCONFIRMED && !confirmed) {
      confirm(ctx, selection, size, !typed.isEmpty());
      return;
    }
    answer.show(ctx, KeyMessages.deleted(edits.delete(CurrentUser.of(ctx), selection)));
  }

  /** Whether the number of matching keys differs from the number that the list showed. */
  private static boolean countChanged(Selection selection, int size) {
    return selection instanceof Selection.Matching matching && !matching.isExpected(size);
  }

  /** The number that the list showed; the current number if the list did not count all keys. */
  private static int shownCount(Selection selection, int size) {
    return selection instanceof Selection.Matching matching && matching.isExpected(size)
        ? size
        : chosenCount(selection);
  }

  /** The number of selected keys that the list showed. */
  private static int chosenCount(Selection selection) {
    return switch (selection) {
      case Selection.Ids(var ids) -> ids.size();
      case Selection.Matching(var filter, var expected, var asOf) -> expected;
    };
  }

  private int currentCount(Context ctx, Selection selection) {
    return list.count(CurrentUser.of(ctx).workspaceId(), selection);
  }

  private void confirm(Context ctx, Selection selection, int size, boolean wrong) {
    Form form = Form.of(ctx);
    String view = LocalPath.or(form.raw("view"), "/keys");
    Set<UUID> ids = selection instanceof Selection.Ids(var chosen) ? chosen : Set.of();
    var counts = list.counts(CurrentUser.of(ctx).workspaceId()).counts(null);
    var page =
        new DeletePage(
            shownCount(selection, size),
            size,
            ids.stream().map(UUID::toString).toList(),
            ids.isEmpty(),
            form.raw("as-of"),
            view,
            counts.all() - size,
            list.inFlight(CurrentUser.of(ctx).workspaceId(), selection),
            wrong ? "Type " + NumberFormats.grouped(size) + " to delete them." : null);
    if (Htmx.isFragmentRequest(ctx)) { // the question replaces the list
      ctx.header("HX-Retarget", "#main").header("HX-Reswap", "innerHTML");
      web.fragment(ctx, web.templates().keysDelete(page));
      return;
    }
    ctx.status(wrong ? 422 : 200);
    web.page(ctx, PageMeta.of("Delete keys", Section.KEYS), web.templates().keysDelete(page));
  }

  private void undoDeletion(Context ctx) {
    UUID deletion = Form.pathId(ctx);
    answer.show(ctx, KeyMessages.undone(edits.undo().undoDeletion(CurrentUser.of(ctx), deletion)));
  }

  private void undo(Context ctx) {
    UUID change = Form.pathId(ctx);
    answer.show(ctx, KeyMessages.undone(edits.undo().undoChange(CurrentUser.of(ctx), change)));
  }

  /** The page for tagging the selected keys and setting their account. */
  private void more(Context ctx, Fields fields) {
    Selection selection = selection(ctx);
    Set<UUID> ids = selection instanceof Selection.Ids(var chosen) ? chosen : Set.of();
    boolean all = selection instanceof Selection.Matching;
    if (ids.isEmpty() && !all) {
      throw new Rejected("Select at least one key.");
    }
    if (currentCount(ctx, selection) == 0) {
      throw new Rejected("These keys no longer exist." + gone(ctx, selection));
    }
    var page =
        new SelectionPage(
            currentCount(ctx, selection),
            ids.stream().map(UUID::toString).toList(),
            all,
            Form.of(ctx).raw("as-of"),
            view(ctx),
            fields);
    web.page(ctx, PageMeta.of(page.title(), Section.KEYS), web.templates().keysSelection(page));
  }

  private String gone(Context ctx, Selection selection) {
    return selection instanceof Selection.Ids chosen
        ? KeyMessages.gone(list.existing(CurrentUser.of(ctx), chosen).done())
        : "";
  }

  private void tag(Context ctx, boolean add) {
    try {
      String tag = Form.of(ctx).text("tag", 100);
      changed(ctx, edits.tag(CurrentUser.of(ctx), selection(ctx), tag, add), "");
    } catch (Rejected rejected) {
      ctx.status(422);
      more(ctx, Fields.sent(ctx).refused(rejected));
    }
  }

  private void setAccount(Context ctx) {
    try {
      String account = Form.of(ctx).text("account", 300);
      changed(ctx, edits.setAccount(CurrentUser.of(ctx), selection(ctx), account), "");
    } catch (Rejected rejected) {
      ctx.status(422);
      more(ctx, Fields.sent(ctx).refused(rejected));
    }
  }

  /** The page to return to: that of one key, or the list. */
  private static String view(Context ctx) {
    String view = LocalPath.or(Form.of(ctx).raw("view"), "/keys");
    return view.startsWith("/keys/") ? view : KeysQuery.ofPath(view).here().toString();
  }

  /** When the list was shown; if missing or malformed, the epoch, which selects no key. */
  static Instant asOf(String text) {
    return Parameter.parsed(text, StorableTime::parse).orElse(Instant.EPOCH);
  }

  /**
   * All matching keys, with the displayed number, if the user chose all; otherwise the ticked keys.
   * Without a usable address of the list, all keys would match.
   */
  static Selection selection(Context ctx) {
    Form form = Form.of(ctx);
    if (form.first("all").isEmpty()) {
      return new Selection.Ids(new HashSet<>(form.ids("id")));
    }
    String view = LocalPath.or(form.raw("view"), "");
    if (view.isEmpty()) {
      throw new Rejected("This filter is too long to select all matching keys. Shorten it.");
    }
    int expected = form.firstWholeNumber("all", 0, Integer.MAX_VALUE);
    return new Selection.Matching(
        KeysQuery.ofPath(view).filter(), expected, asOf(form.raw("as-of")));
  }
}
