package dev.keywheel.web.session;

import dev.keywheel.people.SignedIn;
import dev.keywheel.people.factor.RecoveryCodeRepository;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.form.PendingForm;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.server.SignInPage;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.ArrayList;

/** The responses of the sign-in steps, for a page or for the dialog over a page. */
final class SignInAnswers {
  private final WebContext web;

  SignInAnswers(WebContext web) {
    this.web = web;
  }

  /** The browser that signs in, and the invitation if {@code next} is the link of one. */
  Browser browser(Context ctx, String next) {
    return web.browser(ctx).withInvitation(InvitationRoutes.token(next));
  }

  void welcome(Context ctx, SignedIn signedIn, String next, String kept) {
    web.signIn(ctx, signedIn);
    var messages = new ArrayList<String>();
    signedIn.joined().map(InvitationRoutes::joined).ifPresent(messages::add);
    signedIn
        .codesLeft()
        .ifPresent(
            left ->
                messages.add(
                    "You used a recovery code; %s of %s left."
                        .formatted(left, RecoveryCodeRepository.CODES)));
    if (!messages.isEmpty()) { // one flash: a second one would replace the first
      var severity = signedIn.codesLeft().isPresent() ? Severity.INFO : Severity.OK;
      web.flash(ctx, severity, String.join(" ", messages));
    }
    if (inDialog(ctx)) {
      ctx.header("X-CSRF-Token", web.token(ctx)).header("X-Viewer", signedIn.email()).status(204);
      return;
    }
    PendingForm.decoded(kept)
        .ifPresentOrElse(
            form -> web.plain(ctx, "Your form", web.templates().sessionKept(form, false)),
            () -> Htmx.seeOther(ctx, signedIn.joined().isPresent() ? "/" : next));
  }

  void ask(Context ctx, SecondStepPage page) {
    if (inDialog(ctx)) {
      web.fragment(ctx, web.templates().sessionSecondStepForm(page));
    } else {
      web.plain(ctx, "Second step", web.templates().sessionSecondStep(page));
    }
  }

  /** Shows the first step again, with the error. */
  void refuse(Context ctx, String email, Rejected rejected, String next, String kept) {
    FormErrorStatus.set(ctx, rejected);
    form(ctx, new SignInPage(email, null, rejected.getMessage(), next, kept, web.passkeyHost()));
  }

  void form(Context ctx, SignInPage page) {
    if (inDialog(ctx)) {
      web.fragment(ctx, web.templates().sessionForm(page));
    } else {
      web.plain(ctx, "Sign in", web.templates().sessionLogin(page));
    }
  }

  private static boolean inDialog(Context ctx) {
    return ctx.header("X-Dialog") != null;
  }
}
