package dev.keywheel.web.server;

import dev.keywheel.people.WorkspaceService;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Session;
import dev.keywheel.people.identity.Workspace;
import dev.keywheel.web.form.EditConflict;
import dev.keywheel.web.form.PendingForm;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Layout;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.RenderContext;
import dev.keywheel.web.page.Theme;
import dev.keywheel.web.security.CookieSigner;
import dev.keywheel.web.security.Cookies;
import dev.keywheel.web.security.LocalPath;
import gg.jte.Content;
import gg.jte.generated.precompiled.Templates;
import gg.jte.models.runtime.JteModel;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

final class View {
  private static final String HTML = "text/html; charset=utf-8";
  private static final String UNREAD =
      "This request cannot be read. Its address or its headers are malformed or too large.";
  private static final Set<Integer> MALFORMED = Set.of(400, 414, 431);
  private static final Duration FLASH_AGE = Duration.ofMinutes(2);

  private final Templates templates;
  private final Assets assets;
  private final RequestGuard requestGuard;
  private final WorkspaceService workspaces;
  private final Cookies cookies;
  private final CookieSigner signer;
  private final InstantSource clock;
  private final Supplier<Optional<String>> warning;

  View(
      Templates templates,
      Assets assets,
      RequestGuard requestGuard,
      WorkspaceService workspaces,
      Cookies cookies,
      CookieSigner signer,
      InstantSource clock,
      Supplier<Optional<String>> warning) {
    this.templates = templates;
    this.assets = assets;
    this.requestGuard = requestGuard;
    this.workspaces = workspaces;
    this.cookies = cookies;
    this.signer = signer;
    this.clock = clock;
    this.warning = warning;
  }

  void page(Context ctx, PageMeta pageMeta, Content content) {
    var layout = layout(ctx, pageMeta);
    var signedIn = layout.viewer().isPresent();
    answer(
        ctx,
        signedIn ? templates.layoutPage(layout, content) : templates.layoutPlain(layout, content),
        layout.flash() != null);
  }

  void plain(Context ctx, String title, Content content) {
    var layout = layout(ctx, PageMeta.titled(title));
    answer(ctx, templates.layoutPlain(layout, content), layout.flash() != null);
  }

  void fragment(Context ctx, JteModel content) {
    answer(ctx, content, false);
  }

  /**
   * Like {@link #plain}, but without a query for the user, in case the database does not answer.
   */
  void bare(Context ctx, String title, Content content) {
    var layout = layout(ctx, PageMeta.titled(title), Optional.empty(), List.of(), null);
    ctx.contentType(HTML).result(bare(layout, content));
  }

  /** The page for a request that cannot be read, whose user, theme and path are unknown. */
  String unread(int status) {
    boolean malformed = MALFORMED.contains(status);
    var errorPage =
        new ErrorPage(
            status,
            malformed ? "Bad request" : "Not answered",
            malformed ? UNREAD : "This request was not answered. Try again.",
            null,
            "");
    var pageMeta = PageMeta.titled(errorPage.title());
    var layout = layout(pageMeta, Theme.AUTO, Optional.empty(), List.of(), null, "/");
    return bare(layout, templates.errorFault(errorPage));
  }

  private String bare(Layout layout, Content content) {
    return new RenderContext(
            clock.instant(), "", Optional.empty(), sealed(), false, _ -> Optional.empty())
        .render(templates.layoutPlain(layout, content));
  }

  Optional<PendingForm> unprocessed(Context ctx) {
    return requestGuard.unprocessed(ctx);
  }

  void flash(Context ctx, Flash flash) {
    signer
        .sign(flash.toCookie(), FLASH_AGE)
        .ifPresent(signed -> cookies.write(ctx, Cookies.FLASH, signed, FLASH_AGE));
  }

  private void answer(Context ctx, JteModel model, boolean focused) {
    var viewer = requestGuard.findSession(ctx).map(Session::person);
    if (viewer.isEmpty()) {
      requestGuard.anonymousLimiter().enter(ctx);
    }
    var html =
        new RenderContext(
                clock.instant(),
                requestGuard.token(ctx),
                viewer,
                sealed(),
                focused,
                path -> EditConflict.basis(ctx, path))
            .render(model);
    ctx.contentType(HTML).result(html);
  }

  private boolean sealed() {
    return requestGuard.sealedReason().isPresent();
  }

  private Layout layout(Context ctx, PageMeta pageMeta) {
    var viewer = requestGuard.findSession(ctx).map(Session::person);
    var enterable = viewer.map(person -> workspaces.enterable(person.userId())).orElse(List.of());
    return layout(ctx, pageMeta, viewer, enterable, takeFlash(ctx));
  }

  private Layout layout(
      Context ctx,
      PageMeta pageMeta,
      Optional<Principal> viewer,
      List<Workspace> enterable,
      @Nullable Flash flash) {
    var theme = Theme.of(cookies.read(ctx, Cookies.THEME));
    return layout(pageMeta, theme, viewer, enterable, flash, LocalPath.requested(ctx));
  }

  private Layout layout(
      PageMeta pageMeta,
      Theme theme,
      Optional<Principal> viewer,
      List<Workspace> enterable,
      @Nullable Flash flash,
      String path) {
    return new Layout(
        pageMeta,
        theme,
        viewer,
        enterable,
        flash,
        requestGuard.sealedReason().orElse(null),
        warning.get().orElse(null),
        path,
        assets.url(Assets.STYLESHEET),
        assets.url(Assets.SCRIPT),
        assets.url("img/keywheel.svg"));
  }

  private @Nullable Flash takeFlash(Context ctx) {
    @Nullable String sent = cookies.read(ctx, Cookies.FLASH);
    if (sent == null) {
      return null;
    }
    cookies.remove(ctx, Cookies.FLASH);
    return signer.verify(sent).flatMap(Flash::ofCookie).orElse(null);
  }
}
