package dev.keywheel.web;

import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Refused;
import dev.keywheel.problem.TooMany;
import dev.keywheel.secret.VaultShut;
import gg.jte.generated.precompiled.Templates;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From what went wrong to what a person reads: the one place. A browser that navigates gets a page,
 * htmx gets the sentence as plain text, which {@code app.js} shows above the page that stays as it
 * is. Nobody gets a stack trace.
 */
final class Errors {
  private static final Logger log = LoggerFactory.getLogger(Errors.class);

  private final Templates templates;
  private final View view;
  private final SignInAgain signInAgain;

  Errors(Templates templates, View view, SignInAgain signInAgain) {
    this.templates = templates;
    this.view = view;
    this.signInAgain = signInAgain;
  }

  void answer(Throwable problem, Context ctx) {
    switch (problem) {
      case SignInFirst ended -> signInAgain.answer(ended, ctx);
      case ConfirmFirst confirm ->
          Htmx.seeOther(ctx, Url.of("/confirm").with("next", confirm.next()).toString());
      default -> answer(fault(problem, ctx), ctx);
    }
  }

  private static Fault fault(Throwable problem, Context ctx) {
    var id = Gate.requestId(ctx);
    return switch (problem) {
      case NotFound gone -> new Fault(404, "Not found", said(gone), null, id);
      case Forbidden shut -> new Fault(403, "Not allowed", said(shut), null, id);
      case Conflict conflict -> new Fault(409, conflict.title(), said(conflict), null, id);
      case TooMany many -> new Fault(429, "Too much at once", said(many), many.retryAfter(), id);
      case Unavailable away ->
          new Fault(503, "Not available just now", said(away), away.retryAfter(), id);
      case TooLarge large -> new Fault(413, "Too large", said(large), null, id);
      case VaultShut shut -> new Fault(503, "The vault is shut", said(shut), null, id);
      case Refused refused -> new Fault(422, "This was not done", said(refused), null, id);
      case HttpResponseException http -> ofStatus(http.getStatus(), id);
      default -> unexpected(problem, ctx, id);
    };
  }

  private static Fault ofStatus(int status, String id) {
    return switch (status) {
      case 404 -> new Fault(404, "Not found", "There is nothing at this address.", null, id);
      case 405 ->
          new Fault(405, "Not this way", "This address does not take such a request.", null, id);
      case 413 -> new Fault(413, "Too large", said(new TooLarge()), null, id);
      default ->
          status >= 500
              ? last(id)
              : new Fault(status, "Not understood", "This request makes no sense here.", null, id);
    };
  }

  private static Fault unexpected(Throwable problem, Context ctx, String id) {
    var database = DatabaseFault.of(problem);
    if (database.isPresent()) {
      log.warn(
          "{} for {} {}: {}", database.get().title(), ctx.method(), ctx.path(), problem.toString());
      return database.get().fault(id);
    }
    int unread = RequestSize.status(problem);
    if (unread >= 400 && unread < 500) {
      return ofStatus(unread, id);
    }
    log.error("Request {} failed: {} {}", id, ctx.method(), ctx.path(), problem);
    return last(id);
  }

  private static Fault last(String id) {
    return new Fault(
        500,
        "Something went wrong",
        "This is a fault of Keywheel, not yours. What went wrong is in the server's log under the"
            + " request's number.",
        null,
        id);
  }

  private static String said(Throwable problem) {
    var message = problem.getMessage();
    return message == null ? "This was not done." : message;
  }

  private void answer(Fault fault, Context ctx) {
    ctx.status(fault.status());
    if (fault.retryAfter() != null) {
      Refusal.retryAfter(ctx, fault.retryAfter());
    }
    if (Htmx.asked(ctx)) {
      ctx.contentType("text/plain; charset=utf-8").result(fault.sentence());
      return;
    }
    try {
      view.page(ctx, Head.titled(fault.title()), templates.errorFault(fault));
    } catch (RuntimeException e) {
      // The layout asks who is signed in, and that may be what does not work.
      log.debug("No layout around the fault of request {}", fault.requestId(), e);
      view.bare(ctx, fault.title(), templates.errorFault(fault));
    }
  }
}
