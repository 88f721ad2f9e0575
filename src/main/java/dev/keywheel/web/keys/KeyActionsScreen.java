package dev.keywheel.web.keys;

import dev.keywheel.key.KeyEdits;
import dev.keywheel.key.KeyEdits.Done;
import dev.keywheel.key.KeyList;
import dev.keywheel.key.Selection;
import dev.keywheel.people.Person;
import dev.keywheel.problem.Refused;
import dev.keywheel.secret.SecretShape;
import dev.keywheel.secret.VaultShut;
import dev.keywheel.web.Access;
import dev.keywheel.web.Digits;
import dev.keywheel.web.Fields;
import dev.keywheel.web.Form;
import dev.keywheel.web.Head;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.LocalPath;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/** What is done to the keys that are selected on the list: all that match, or those ticked. */
final class KeyActionsScreen implements Screen {
  /** More keys than this are deleted only after their number was typed. */
  static final int TYPED_ABOVE = 20;

  private final Web web;
  private final KeyList list;
  private final KeyEdits edits;

  KeyActionsScreen(Web web, KeyList list, KeyEdits edits) {
    this.web = web;
    this.list = list;
    this.edits = edits;
  }

  @Override
  public void routes(Routes routes) {
    routes.post("/keys/enablement", Access.OPERATOR, ctx -> act(ctx, this::enable));
    routes.post("/keys/disablement", Access.OPERATOR, ctx -> act(ctx, this::disable));
    routes.post("/keys/deletion", Access.OPERATOR, ctx -> act(ctx, this::delete));
    routes.post("/keys/deletions/{id}/undo", Access.OPERATOR, this::undo);
    routes.post("/keys/selection", Access.OPERATOR, ctx -> act(ctx, it -> more(it, Fields.none())));
    routes.post("/keys/tagging", Access.OPERATOR, ctx -> tag(ctx, true));
    routes.post("/keys/untagging", Access.OPERATOR, ctx -> tag(ctx, false));
    routes.post("/keys/account", Access.OPERATOR, this::account);
  }

  /** What cannot be done is said above the list, where it can be put right. */
  static void act(Web web, Context ctx, Consumer<Context> action) {
    try {
      action.accept(ctx);
    } catch (VaultShut shut) {
      throw shut;
    } catch (Refused refused) {
      web.view().flash(ctx, Tone.WARN, String.valueOf(refused.getMessage()));
      Htmx.seeOther(ctx, view(ctx));
    }
  }

  private void act(Context ctx, Consumer<Context> action) {
    act(web, ctx, action);
  }

  private void enable(Context ctx) {
    back(ctx, Words.done("enabled", edits.enable(Viewer.of(ctx), selection(ctx))));
  }

  private void disable(Context ctx) {
    Person who = Viewer.of(ctx);
    Done done = edits.disable(who, selection(ctx));
    back(ctx, Words.done("disabled", done) + lastOne(who));
  }

  /** Disabling is never refused, but nobody shall be surprised that runs wait. */
  private String lastOne(Person who) {
    boolean none = list.census(who.workspaceId()).counts(null).active() == 0;
    return none ? " No key is active now: runs wait until one is." : "";
  }

  private void delete(Context ctx) {
    Selection selection = selection(ctx);
    if (selection instanceof Selection.Ids(var ids) && ids.isEmpty()) {
      throw new Refused("Select at least one key.");
    }
    int chosen = chosen(selection);
    int size = size(ctx, selection);
    String typed = Form.of(ctx).text("typed", 20).replace(",", "");
    boolean confirmed = typed.equals(String.valueOf(size)) && !moved(selection, size);
    if (size > 0 && chosen > TYPED_ABOVE && !confirmed) {
      confirm(ctx, selection, size, !typed.isEmpty());
      return;
    }
    KeyEdits.Deletion deletion = edits.delete(Viewer.of(ctx), selection);
    if (deletion.done().changed() == 0) {
      back(ctx, Words.done("deleted", deletion.done()));
      return;
    }
    web.view().flash(ctx, Words.deleted(deletion));
    Htmx.seeOther(ctx, view(ctx));
  }

  /** Whether all that match are others than when their number was shown. */
  private static boolean moved(Selection selection, int size) {
    return selection instanceof Selection.Matching && chosen(selection) != size;
  }

  /** How many keys were chosen, as the list showed it then. */
  private static int chosen(Selection selection) {
    return switch (selection) {
      case Selection.Ids(var ids) -> ids.size();
      case Selection.Matching(var filter, var expected, var asOf) -> expected;
    };
  }

  /** How many of them there are now. */
  private int size(Context ctx, Selection selection) {
    return list.count(Viewer.of(ctx).workspaceId(), selection);
  }

  private void confirm(Context ctx, Selection selection, int size, boolean wrong) {
    Form form = Form.of(ctx);
    String view = LocalPath.or(form.raw("view"), "/keys");
    Set<UUID> ids = selection instanceof Selection.Ids(var chosen) ? chosen : Set.of();
    var counts = list.census(Viewer.of(ctx).workspaceId()).counts(null);
    var page =
        new DeletePage(
            chosen(selection),
            size,
            ids.stream().map(UUID::toString).toList(),
            ids.isEmpty(),
            form.raw("as-of"),
            view,
            counts.all() - size,
            list.inFlight(Viewer.of(ctx).workspaceId(), selection),
            wrong ? "Type " + Digits.grouped(size) + " to delete them." : null);
    ctx.status(wrong ? 422 : 200);
    web.view().page(ctx, Head.of("Delete keys", Section.KEYS), web.templates().keysDelete(page));
  }

  private void undo(Context ctx) {
    Done restored = edits.restore(Viewer.of(ctx), Form.pathId(ctx, "id"));
    web.view().flash(ctx, restored.changed() == 0 ? Tone.WARN : Tone.OK, Words.restored(restored));
    Htmx.seeOther(ctx, view(ctx));
  }

  /** What else can be done to the chosen keys, on a page of its own. */
  private void more(Context ctx, Fields fields) {
    Selection selection = selection(ctx);
    Set<UUID> ids = selection instanceof Selection.Ids(var chosen) ? chosen : Set.of();
    boolean all = selection instanceof Selection.Matching;
    if (ids.isEmpty() && !all) {
      throw new Refused("Select at least one key.");
    }
    if (size(ctx, selection) == 0) {
      throw new Refused("None of these keys is there any more." + gone(ctx, selection));
    }
    var page =
        new SelectionPage(
            size(ctx, selection),
            ids.stream().map(UUID::toString).toList(),
            all,
            Form.of(ctx).raw("as-of"),
            view(ctx),
            fields);
    web.view().page(ctx, Head.of(page.title(), Section.KEYS), web.templates().keysSelection(page));
  }

  private String gone(Context ctx, Selection selection) {
    return selection instanceof Selection.Ids
        ? Words.gone(list.chosen(Viewer.of(ctx), selection).done())
        : "";
  }

  private void tag(Context ctx, boolean add) {
    try {
      Done done = edits.tag(Viewer.of(ctx), selection(ctx), Form.of(ctx).text("tag", 100), add);
      back(ctx, Words.done(add ? "tagged" : "untagged", done));
    } catch (Refused refused) {
      ctx.status(422);
      more(ctx, Fields.sent(ctx).without(SecretShape::isIn).refused(refused));
    }
  }

  private void account(Context ctx) {
    try {
      String account = Form.of(ctx).text("account", 300);
      Done done = edits.account(Viewer.of(ctx), selection(ctx), account);
      back(
          ctx,
          Words.done(account.isEmpty() ? "freed of their account" : "given the account", done));
    } catch (Refused refused) {
      ctx.status(422);
      more(ctx, Fields.sent(ctx).without(SecretShape::isIn).refused(refused));
    }
  }

  private void back(Context ctx, String sentence) {
    web.view().flash(ctx, Tone.OK, sentence);
    Htmx.seeOther(ctx, view(ctx));
  }

  private static String view(Context ctx) {
    return KeysQuery.ofPath(Form.of(ctx).raw("view")).here().toString();
  }

  /** When the list was shown. A form without it is of no list: then no key is meant. */
  static Instant asOf(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  /** All that match when that was ticked, with the number that was shown; else the ticked rows. */
  static Selection selection(Context ctx) {
    Form form = Form.of(ctx);
    if (form.ticked("all")) {
      var filter = KeysQuery.ofPath(form.raw("view")).filter();
      int expected = form.whole("all", 0, Integer.MAX_VALUE);
      return new Selection.Matching(filter, expected, asOf(form.raw("as-of")));
    }
    return new Selection.Ids(new HashSet<>(form.ids("id")));
  }
}
