package dev.keywheel.web.keys;

import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.DeepTestOffer;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.List;
import java.util.stream.Stream;

/**
 * Routes of the deep test, the only test that can cost money; its price is shown before the test.
 */
final class DeepTestRoutes implements Screen {
  private static final int MAX_MODELS = 6;

  private final WebContext web;
  private final KeyPool pool;
  private final KeyCommands edits;
  private final Recovery recovery;
  private final Providers providers;
  private final SettingsStore settings;

  DeepTestRoutes(
      WebContext web,
      KeyPool pool,
      KeyCommands edits,
      Recovery recovery,
      Providers providers,
      SettingsStore settings) {
    this.web = web;
    this.pool = pool;
    this.edits = edits;
    this.recovery = recovery;
    this.providers = providers;
    this.settings = settings;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/keys/{id}/deep-test", RequiredRole.OPERATOR, ctx -> offer(ctx, Fields.none()));
    routes.post("/keys/{id}/deep-tests", RequiredRole.OPERATOR, this::test);
    routes.get(
        "/keys/{id}/deep-tests",
        RequiredRole.OPERATOR,
        ctx -> ctx.redirect("/keys/" + Form.pathId(ctx)));
  }

  private void offer(Context ctx, Fields fields) {
    ApiKey key = key(ctx);
    var page = new DeepTestPage(key, offers(key), fields);
    web.page(
        ctx,
        PageMeta.of("Deep test of " + key.name(), Section.KEYS),
        web.templates().keysDeepTest(page));
  }

  /** Sends the test only if the model and price are still those that the user saw. */
  private void test(Context ctx) {
    Principal who = CurrentUser.of(ctx);
    ApiKey key = key(ctx);
    String seen = Form.of(ctx).text("offer", 300);
    var offer = offers(key).stream().filter(o -> DeepTestPage.value(o).equals(seen)).findFirst();
    if (offer.isEmpty()) {
      var changed =
          new Rejected("The price has changed, or no model was chosen. Nothing was sent.");
      ctx.status(422);
      offer(ctx, Fields.sent(ctx).refused(changed));
      return;
    }
    String model = offer.get().model();
    KeyTestResult result =
        recovery.deepTest(
            Form.of(ctx).requestId(),
            key.pool(),
            key.id(),
            model,
            who,
            tx -> edits.recordDeepTest(tx, who, key.id(), model));
    boolean deleted = pool.find(who.workspaceId(), key.id()).isEmpty();
    String sentence = KeyMessages.deepTested(model, result);
    web.flash(
        ctx,
        KeyMessages.tone(result),
        deleted ? sentence + " The key was deleted during the test." : sentence);
    Htmx.seeOther(ctx, deleted ? "/keys" : "/keys/" + key.id());
  }

  /** Up to {@link #MAX_MODELS} models: those of the writer, then those of the other text roles. */
  private List<DeepTestOffer> offers(ApiKey key) {
    String provider = key.pool().provider();
    Catalogue catalogue = providers.byName(provider).catalogue();
    Models models =
        settings.read(
            key.pool().workspaceId(), Models.setting(provider), Models.class, Models.DEFAULT);
    return Stream.of(ModelRole.WRITER, ModelRole.PLANNER, ModelRole.CODER, ModelRole.CHECKER)
        .flatMap(modelRole -> models.candidates(modelRole, catalogue).stream())
        .distinct()
        .limit(MAX_MODELS)
        .map(model -> DeepTestOffer.of(model, catalogue))
        .toList();
  }

  private ApiKey key(Context ctx) {
    return pool.get(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx));
  }
}
