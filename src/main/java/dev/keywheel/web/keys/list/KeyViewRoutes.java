package dev.keywheel.web.keys.list;

import dev.keywheel.key.search.SavedViews;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Routes for the saved views of the list of keys; each user has their own. */
public final class KeyViewRoutes implements Screen {
  private static final String PATH = "/keys/views";

  private final WebContext web;
  private final SavedViews views;
  private final InstantSource clock;

  public KeyViewRoutes(WebContext web, SavedViews views, InstantSource clock) {
    this.web = web;
    this.views = views;
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(
        PATH, RequiredRole.VIEWER, ctx -> page(ctx, ctx.queryParam("view"), Fields.none(), null));
    routes.post(PATH, RequiredRole.VIEWER, this::save);
    routes.post(PATH + "/{id}/name", RequiredRole.VIEWER, this::rename);
    routes.post(PATH + "/{id}/deletion", RequiredRole.VIEWER, this::delete);
  }

  private void page(Context ctx, @Nullable String view, Fields fields, @Nullable UUID renamed) {
    Principal who = CurrentUser.of(ctx);
    var page =
        new KeyViewsPage(
            fields, views.of(who), renamed, view == null ? null : KeyViewsPage.canonical(view));
    web.page(ctx, PageMeta.of("Saved views", Section.KEYS), web.templates().keysViews(page));
  }

  private void save(Context ctx) {
    Form form = Form.of(ctx);
    String view = KeyViewsPage.canonical(form.raw("view"));
    try {
      views.save(CurrentUser.of(ctx), form.raw("name"), view, clock.instant());
      web.done(ctx, view, "View saved. It is in the Views menu.");
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, view, Fields.sent(ctx).refused(rejected), null);
    }
  }

  private void rename(Context ctx) {
    UUID view = Form.pathId(ctx);
    try {
      views.rename(CurrentUser.of(ctx), view, Form.of(ctx).raw("name"));
      web.done(ctx, PATH, "View renamed.");
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, null, Fields.sent(ctx).refused(rejected), view);
    }
  }

  private void delete(Context ctx) {
    views.delete(CurrentUser.of(ctx), Form.pathId(ctx));
    web.done(ctx, PATH, "View deleted. The keys are unchanged.");
  }
}
