package dev.keywheel.web.server;

import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.PendingForm;
import dev.keywheel.web.form.RequestBodyLimiter;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.AuthenticationRequired;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.PageWorkspace;
import dev.keywheel.web.security.ReauthenticationRequired;
import dev.keywheel.web.security.RouteFlag;
import dev.keywheel.web.security.SecondFactorRequired;
import gg.jte.generated.precompiled.Templates;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.util.function.BooleanSupplier;

/**
 * Handles requests without a session, a confirmation or a second factor. Without a session, a
 * request for a page is redirected to the sign-in, which leads back to the page; a request of htmx
 * gets 401, and {@code session.js} shows the sign-in over the page; a request with a bearer token
 * gets 401 and a sentence; a small form of an ended session is kept until the sign-in.
 */
final class LoginRedirect {
  private static final String BEARER = "Bearer ";
  private static final String TOO_LARGE =
      "Nothing was changed: your form was too large to keep. Send it again.";

  private final Templates templates;
  private final View view;
  private final String passkeyHost;
  private final BooleanSupplier withoutUsers;
  private final PageWorkspace pageWorkspace;

  /**
   * @param passkeyHost the host to which passkeys belong
   * @param withoutUsers whether no user exists, so that the redirect leads to the set-up
   */
  LoginRedirect(
      Templates templates,
      View view,
      String passkeyHost,
      BooleanSupplier withoutUsers,
      PageWorkspace pageWorkspace) {
    this.templates = templates;
    this.view = view;
    this.passkeyHost = passkeyHost;
    this.withoutUsers = withoutUsers;
    this.pageWorkspace = pageWorkspace;
  }

  /**
   * Asks for the confirmation and keeps the submitted form until then. A form that is large, is
   * sent by htmx or downloads a file is not kept: the user returns to the page with the form. (A
   * browser stays on this page during a download.)
   */
  void answer(ReauthenticationRequired confirm, Context ctx) {
    var back = LocalPath.referer(ctx);
    var post = ctx.method() == HandlerType.POST;
    if (!post || Htmx.isFragmentRequest(ctx)) {
      var next = post ? back : LocalPath.requested(ctx);
      Htmx.seeOther(ctx, Url.of("/confirm").with("next", next).with("back", back).toString());
      return;
    }
    var session = CurrentUser.session(ctx);
    var download = ctx.routeRoles().contains(RouteFlag.DOWNLOAD);
    var small = !download && RequestBodyLimiter.isSmall(ctx);
    var kept = small ? PendingForm.of(ctx).encoded() : "";
    var page =
        new ConfirmPage(
            session.person().email(),
            session.factors(),
            passkeyHost,
            new ConfirmPage.After(back, back, download, kept),
            Fields.none());
    ctx.status(HttpStatus.FORBIDDEN);
    view.plain(ctx, ConfirmPage.TITLE, templates.sessionConfirm(page));
    if (!download) {
      reportTooLarge(ctx);
    }
  }

  /** Redirects a page to the set-up of a second factor; refuses any other request. */
  void answer(SecondFactorRequired missing, Context ctx) {
    if (ctx.method() == HandlerType.POST || Htmx.isFragmentRequest(ctx)) {
      ctx.status(HttpStatus.FORBIDDEN)
          .contentType("text/plain; charset=utf-8")
          .result(String.valueOf(missing.getMessage()));
      return;
    }
    ctx.redirect(SecondFactorRequired.PATH, HttpStatus.SEE_OTHER);
  }

  void answer(AuthenticationRequired ended, Context ctx) {
    if (Htmx.isFragmentRequest(ctx)) {
      ctx.status(HttpStatus.UNAUTHORIZED)
          .contentType("text/plain; charset=utf-8")
          .result(ended.getMessage());
      return;
    }
    if (sendsToken(ctx)) {
      ctx.status(HttpStatus.UNAUTHORIZED)
          .contentType("text/plain; charset=utf-8")
          .result("This address accepts no Authorization header. Sign in with a browser.\n");
      return;
    }
    if (ctx.method() == HandlerType.POST) {
      var kept = ended.form().kept();
      var page =
          new SignInPage(
              "",
              kept && pageWorkspace.archived(ctx) ? PageWorkspace.ARCHIVED : ended.getMessage(),
              null,
              returnPath(ctx),
              kept ? PendingForm.of(ctx).encoded() : "",
              passkeyHost);
      ctx.status(HttpStatus.UNAUTHORIZED);
      view.plain(ctx, "Sign in", templates.sessionLogin(page));
      reportTooLarge(ctx);
      return;
    }
    if (withoutUsers.getAsBoolean()) {
      ctx.redirect("/setup", HttpStatus.SEE_OTHER);
      return;
    }
    var requestedPath = LocalPath.requested(ctx);
    var login = Url.of("/login").with("next", requestedPath.equals("/") ? "" : requestedPath);
    ctx.redirect(login.toString(), HttpStatus.SEE_OTHER);
  }

  /** Explains on the next page why a form that was not small enough has had no effect. */
  private void reportTooLarge(Context ctx) {
    if (!RequestBodyLimiter.isSmall(ctx)) {
      view.flash(ctx, new Flash(Severity.WARN, TOO_LARGE, null));
    }
  }

  /** The page with the form, to which the sign-in leads if the form was not kept. */
  private static String returnPath(Context ctx) {
    var back = LocalPath.referer(ctx);
    return back.startsWith("/login") ? "/" : back;
  }

  /**
   * Whether the request has a bearer token. A proxy may add an {@code Authorization} header of
   * another scheme to a browser's request.
   */
  static boolean sendsToken(Context ctx) {
    var header = ctx.header("Authorization");
    return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length());
  }
}
