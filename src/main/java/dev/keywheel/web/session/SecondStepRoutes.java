package dev.keywheel.web.session;

import dev.keywheel.people.SignedIn;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.people.secondfactor.PasskeySignIn;
import dev.keywheel.people.secondfactor.SecondStep;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.security.Cookies;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.function.Function;

/** Routes for the second step of a sign-in, and for the sign-in with a passkey alone. */
final class SecondStepRoutes implements Screen {
  private final WebContext web;
  private final SignInAnswers answers;
  private final SecondStep secondStep;
  private final PasskeySignIn passkeySignIn;

  SecondStepRoutes(WebContext web, SecondStep secondStep, PasskeySignIn passkeySignIn) {
    this.web = web;
    this.answers = new SignInAnswers(web);
    this.secondStep = secondStep;
    this.passkeySignIn = passkeySignIn;
  }

  @Override
  public void routes(Routes routes) {
    routes.postWhileSealed("/login/second-step", RequiredRole.ANYONE, this::complete);
    routes.postWhileSealed(
        "/login/second-step/passkey-requests",
        RequiredRole.ANYONE,
        ctx -> web.json(ctx, secondStep.passkeyRequest(web.challenge(ctx))));
    routes.postWhileSealed("/login/passkey", RequiredRole.ANYONE, this::signInWithPasskey);
    routes.postWhileSealed("/login/passkey-requests", RequiredRole.ANYONE, this::begin);
  }

  private void complete(Context ctx) {
    var form = Form.of(ctx);
    var challenge = web.challenge(ctx);
    signIn(
        ctx,
        challenge,
        browser ->
            form.ticked("passkey")
                ? secondStep.completeWithPasskey(challenge, form.raw("passkey"), browser)
                : secondStep.completeWithCode(challenge, form.raw("code"), browser));
  }

  private void begin(Context ctx) {
    var started = passkeySignIn.start(web.passkeyChallenge(ctx), web.browser(ctx));
    web.bindChallenge(ctx, Cookies.PASSKEY_CHALLENGE, started.challenge());
    if (web.challenge(ctx).isEmpty()) {
      // the previous version, on another node, reads no other cookie
      web.bindChallenge(ctx, Cookies.CHALLENGE, started.challenge());
    }
    web.json(ctx, started.json());
  }

  private void signInWithPasskey(Context ctx) {
    var answer = Form.of(ctx).raw("passkey");
    signIn(ctx, "", browser -> passkeySignIn.finish(web.passkeyChallenge(ctx), answer, browser));
  }

  /**
   * Signs in; after an error, shows the second step again until its challenge expires.
   *
   * @param challenge the challenge of the second step; empty if this is not one
   */
  private void signIn(Context ctx, String challenge, Function<Browser, SignedIn> step) {
    var form = Form.of(ctx);
    var next = LocalPath.or(form.raw("next"), "/");
    var kept = form.raw("kept");
    try {
      answers.welcome(ctx, step.apply(answers.browser(ctx, next)), next, kept);
    } catch (Rejected rejected) {
      var offered = secondStep.offeredFactors(challenge);
      if (offered.isEmpty() || rejected.field().filter(SecondStep.ENDED::equals).isPresent()) {
        answers.refuse(ctx, "", rejected, next, kept);
        return;
      }
      FormErrorStatus.set(ctx, rejected);
      var fields = Fields.none().refused(rejected);
      answers.ask(ctx, new SecondStepPage(offered.get(), web.passkeyHost(), next, kept, fields));
    }
  }
}
