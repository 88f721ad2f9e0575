package dev.keywheel.web.keys;

import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.imports.SecretReplacements;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.search.KeyHistory;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.people.SignIn;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.time.StorableTime;
import dev.keywheel.web.form.EditConflict;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.keys.list.KeyRow;
import dev.keywheel.web.keys.list.ListAnswer;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Sparkline;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Routes for one key: the reason for its status, its history and its actions. */
final class KeyDetailRoutes implements Screen {
  private final WebContext web;
  private final KeyPool pool;
  private final KeyHistory history;
  private final KeyList list;
  private final KeyCommands edits;
  private final SignIn signIn;
  private final SecretReplacements replacements;
  private final Recovery recovery;
  private final InstantSource clock;
  private final ListAnswer answer;

  KeyDetailRoutes(
      WebContext web,
      KeyPool pool,
      KeyHistory history,
      KeyList list,
      KeyCommands edits,
      SignIn signIn,
      SecretReplacements replacements,
      Recovery recovery,
      InstantSource clock,
      ListAnswer answer) {
    this.answer = answer;
    this.web = web;
    this.pool = pool;
    this.history = history;
    this.list = list;
    this.edits = edits;
    this.signIn = signIn;
    this.replacements = replacements;
    this.recovery = recovery;
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/keys/{id}", RequiredRole.VIEWER, ctx -> page(ctx, Fields.none()));
    routes.poll("/keys/{id}/live", RequiredRole.VIEWER, this::live);
    routes.post("/keys/{id}/name", RequiredRole.OPERATOR, this::rename);
    routes.post("/keys/{id}/secret", RequiredRole.OPERATOR, this::replace);
    routes.post("/keys/{id}/account", RequiredRole.OPERATOR, this::setAccount);
    routes.post("/keys/{id}/enablement", RequiredRole.OPERATOR, this::enable);
    routes.post("/keys/{id}/disablement", RequiredRole.OPERATOR, this::disable);
    routes.post("/keys/{id}/exclusions/removal", RequiredRole.OPERATOR, this::endExclusions);
    routes.post("/keys/{id}/deletion", RequiredRole.OPERATOR, this::delete);
    routes.post("/keys/{id}/revelation", RequiredRole.ADMIN, this::reveal);
    routes.get(
        "/keys/{id}/revelation", RequiredRole.ADMIN, ctx -> ctx.redirect(path(Form.pathId(ctx))));
  }

  private void page(Context ctx, Fields fields) {
    KeyDetailPage page = detail(ctx, fields);
    ApiKey key = page.detail().key();
    web.page(
        ctx,
        PageMeta.of(key.name(), Section.KEYS),
        web.templates().keysDetail(page, week(key.id())));
  }

  private void live(Context ctx) {
    KeyDetailPage page = detail(ctx, Fields.none());
    Sparkline week = week(page.detail().key().id());
    web.update(ctx, page.version(week), web.templates().keysLive(page, week));
  }

  private KeyDetailPage detail(Context ctx, Fields fields) {
    var before =
        new KeyHistory.Before(
            parsedNumber(ctx.queryParam("changes")),
            Parameter.parsed(ctx.queryParam("tests"), StorableTime::parse).orElse(null),
            parsedNumber(ctx.queryParam("uses")));
    var detail = history.get(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx), before);
    return new KeyDetailPage(detail, new KeyRow(detail.key()), before, fields);
  }

  private Sparkline week(UUID id) {
    return Sparkline.days(
        list.callsOfLastWeek(List.of(id), clock.instant()).getOrDefault(id, List.of()));
  }

  private void rename(Context ctx) {
    try {
      edits.rename(
          CurrentUser.of(ctx),
          Form.pathId(ctx),
          Form.of(ctx).raw("name"),
          now -> EditConflict.checkField(Form.of(ctx), "name", now));
      back(ctx, "Renamed.");
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, Fields.sent(ctx).refused(rejected));
    }
  }

  private void setAccount(Context ctx) {
    try {
      changed(
          ctx,
          edits.setAccount(
              CurrentUser.of(ctx),
              key(ctx).id(),
              Form.of(ctx).raw("account"),
              now -> EditConflict.checkField(Form.of(ctx), "account", now)));
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, Fields.sent(ctx).refused(rejected));
    }
  }

  private ApiKey key(Context ctx) {
    return pool.get(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx));
  }

  /**
   * Replaces the secret, and tests it unless the key is disabled. Never sends the submitted text
   * back.
   */
  private void replace(Context ctx) {
    Principal who = CurrentUser.of(ctx);
    ApiKey key = pool.get(who.workspaceId(), Form.pathId(ctx));
    try {
      replacements.replace(who, key.pool(), key.id(), Form.of(ctx).raw("secret"));
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, Fields.none().refused(rejected));
      return;
    }
    if (key.status() == KeyStatus.DISABLED) {
      back(ctx, "Secret replaced. " + key.name() + " is disabled, so it was not tested.");
      return;
    }
    @Nullable KeyTestResult result = KeyTestRoutes.test(recovery, who, key);
    String sentence = "Secret replaced. " + KeyMessages.tested(key.name(), result);
    web.flash(ctx, KeyMessages.tone(result), sentence);
    Htmx.seeOther(ctx, path(key.id()));
  }

  private void enable(Context ctx) {
    changed(ctx, edits.enable(CurrentUser.of(ctx), one(ctx)));
  }

  private void disable(Context ctx) {
    changed(ctx, edits.disable(CurrentUser.of(ctx), one(ctx)));
  }

  private void changed(Context ctx, KeyCommands.Change change) {
    answer.show(ctx, KeyMessages.changed(change, ""), path(Form.pathId(ctx)));
  }

  private void endExclusions(Context ctx) {
    ApiKey key = key(ctx);
    boolean any = edits.endExclusions(CurrentUser.of(ctx), key);
    back(
        ctx,
        key.name() + (any ? " is used again for all models." : " was not skipped for any model."));
  }

  private void delete(Context ctx) {
    answer.show(ctx, KeyMessages.deleted(edits.delete(CurrentUser.of(ctx), one(ctx))));
  }

  /**
   * Asks for the password even after a recent confirmation, to protect an unattended screen.
   * Records the access before it shows the secret, on a page that the browser leaves after 30 s.
   */
  private void reveal(Context ctx) {
    Principal who = CurrentUser.of(ctx);
    UUID id = Form.pathId(ctx);
    var key = pool.get(who.workspaceId(), id);
    try {
      var password = Form.of(ctx).raw("password");
      signIn.confirm(CurrentUser.session(ctx), password, id.toString(), web.client(ctx));
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      page(ctx, Fields.none().refused(rejected));
      return;
    }
    edits.recordReveal(who, id);
    var page =
        new RevealedPage(
            id.toString(), key.name(), pool.secrets().open(key.pool().workspaceId(), id));
    ctx.header("Cache-Control", "no-store");
    web.page(
        ctx,
        PageMeta.of(key.name(), Section.KEYS).refreshedEvery(RevealedPage.SECONDS),
        web.templates().keysRevealed(page));
  }

  private static @Nullable Long parsedNumber(@Nullable String text) {
    return text != null && text.matches("\\d{1,18}") ? Long.valueOf(text) : null;
  }

  private void back(Context ctx, String sentence) {
    web.done(ctx, LocalPath.or(Form.of(ctx).raw("view"), path(Form.pathId(ctx))), sentence);
  }

  /**
   * The key in the path as a selection; rejects an unknown key, so that no success message is shown
   * for it.
   */
  private Selection one(Context ctx) {
    key(ctx);
    return Selection.of(List.of(Form.pathId(ctx)));
  }

  private static String path(UUID id) {
    return "/keys/" + id;
  }
}
