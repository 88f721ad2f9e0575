package dev.keywheel.web.server;

import dev.keywheel.db.Database;
import dev.keywheel.people.WorkspaceService;
import dev.keywheel.people.identity.Session;
import dev.keywheel.people.identity.Workspace;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.problem.InTrash;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.VaultSealedException;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.form.RequestSize;
import dev.keywheel.web.form.TooLarge;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.security.AuthenticationRequired;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.DeniedRequests;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.ReauthenticationRequired;
import dev.keywheel.web.security.SecondFactorRequired;
import gg.jte.generated.precompiled.Templates;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.javalin.http.MethodNotAllowedResponse;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Responds to exceptions: with an error page or, for htmx, a sentence that {@code app.js} shows
 * above the unchanged page. {@link LoginRedirect} responds if a sign-in, confirmation or second
 * factor is missing. Stack traces are never sent.
 */
final class Errors {
  private static final Pattern UUID_IN_PATH =
      Pattern.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /**
   * The answer to a client with a token at an unknown address, whose base URL most likely lacks
   * {@code /v1}.
   */
  private static final String UNKNOWN_ENDPOINT =
      """
      {"error":{"message":"There is nothing at this address. The gateway is at /v1: the base URL of \
      an OpenAI SDK ends with /v1.","type":"invalid_request_error","param":null,"code":"not_found"},\
      "request_id":"%s"}
      """;

  private static final Logger log = LoggerFactory.getLogger(Errors.class);

  private final Templates templates;
  private final View view;
  private final WorkspaceService workspaces;
  private final LoginRedirect loginRedirect;
  private final BiFunction<String, Boolean, Optional<String>> formPage;

  /**
   * @param formPage as {@link Routes#formPage}
   */
  Errors(
      Templates templates,
      View view,
      WorkspaceService workspaces,
      LoginRedirect loginRedirect,
      BiFunction<String, Boolean, Optional<String>> formPage) {
    this.formPage = formPage;
    this.templates = templates;
    this.workspaces = workspaces;
    this.view = view;
    this.loginRedirect = loginRedirect;
  }

  void answer(Throwable problem, Context ctx) {
    try {
      answerWithPage(problem, ctx);
    } catch (RuntimeException e) {
      if (DatabaseFault.of(e).isEmpty()) {
        throw e;
      }
      answer(errorPage(e, ctx), ctx); // some answers read the database, which may be unavailable
    }
  }

  private void answerWithPage(Throwable problem, Context ctx) {
    var page = pageOfForm(problem, ctx);
    if (page.isPresent()) {
      ctx.redirect(page.get(), HttpStatus.SEE_OTHER);
      return;
    }
    switch (problem) {
      case MethodNotAllowedResponse wrong -> {
        ctx.header("Allow", String.join(", ", wrong.getDetails().values()));
        answer(errorPage(problem, ctx), ctx);
      }
      case AuthenticationRequired ended -> loginRedirect.answer(ended, ctx);
      case ReauthenticationRequired confirm -> loginRedirect.answer(confirm, ctx);
      case SecondFactorRequired missing -> loginRedirect.answer(missing, ctx);
      case NotFound gone ->
          otherWorkspace(ctx)
              .ifPresentOrElse(
                  workspace -> offerSwitch(workspace, ctx),
                  () -> answer(errorPage(gone, ctx), ctx));
      case Forbidden refused -> {
        DeniedRequests.remember(ctx, refused);
        answer(errorPage(problem, ctx), ctx);
      }
      default -> answer(withForm(errorPage(problem, ctx), problem, ctx), ctx);
    }
  }

  private Optional<String> pageOfForm(Throwable problem, Context ctx) {
    boolean form = problem instanceof MethodNotAllowedResponse || problem instanceof NotFound;
    boolean opened = ctx.method() == HandlerType.GET || ctx.method() == HandlerType.HEAD;
    return form && opened && !Htmx.isFragmentRequest(ctx)
        ? formPage.apply(ctx.path(), problem instanceof NotFound)
        : Optional.empty();
  }

  /** Adds the submitted form to the error page; with htmx, the form is still on its own page. */
  private ErrorPage withForm(ErrorPage page, Throwable problem, Context ctx) {
    boolean later =
        problem instanceof VaultSealedException || DatabaseFault.of(problem).isPresent();
    return Htmx.isFragmentRequest(ctx) || !later
        ? page
        : page.with(view.unprocessed(ctx).orElse(null));
  }

  /** The other workspace to which the object in the path belongs, if the user may enter it. */
  private Optional<Workspace> otherWorkspace(Context ctx) {
    if (ctx.method() != HandlerType.GET || Htmx.isFragmentRequest(ctx)) {
      return Optional.empty();
    }
    var id = UUID_IN_PATH.matcher(ctx.path());
    return CurrentUser.found(ctx)
        .map(Session::person)
        .filter(_ -> id.find())
        .flatMap(
            person ->
                workspaces
                    .ofObject(UUID.fromString(id.group()), person.userId())
                    .filter(workspace -> !workspace.id().equals(person.workspaceId())));
  }

  private void offerSwitch(Workspace workspace, Context ctx) {
    ctx.status(404);
    var content = templates.errorElsewhere(workspace, LocalPath.requested(ctx));
    view.page(ctx, PageMeta.titled("In another workspace"), content);
  }

  private static ErrorPage errorPage(Throwable problem, Context ctx) {
    var id = RequestGuard.requestId(ctx);
    return switch (problem) {
      case InTrash gone ->
          new ErrorPage(404, "Not found", message(gone), null, id, null, true, null);
      case NotFound gone -> new ErrorPage(404, "Not found", message(gone), null, id);
      case Forbidden forbidden -> new ErrorPage(403, "Not allowed", message(forbidden), null, id);
      case Conflict conflict -> new ErrorPage(409, conflict.title(), message(conflict), null, id);
      case RateLimited many ->
          new ErrorPage(429, "Too many requests", message(many), many.retryAfter(), id);
      case TooLarge large -> new ErrorPage(413, "Too large", message(large), null, id);
      case VaultSealedException vaultSealed ->
          new ErrorPage(503, "The vault is sealed", message(vaultSealed), null, id);
      case Rejected rejected -> new ErrorPage(422, "Not done", message(rejected), null, id);
      case HttpResponseException http -> ofStatus(http.getStatus(), id);
      default -> unexpected(problem, ctx, id);
    };
  }

  private static ErrorPage ofStatus(int status, String id) {
    return switch (status) {
      case 404 -> new ErrorPage(404, "Not found", "There is no page at this address.", null, id);
      case 405 ->
          new ErrorPage(
              405,
              "Method not allowed",
              "This address does not accept this kind of request.",
              null,
              id);
      case 408 ->
          new ErrorPage(
              408, "Too slow", "The request did not arrive in time. Send it again.", null, id);
      case 411 ->
          new ErrorPage(
              411, "Length required", "Send the request with a Content-Length header.", null, id);
      case 413 ->
          new ErrorPage(413, "Too large", message(new TooLarge(RequestSize.LARGEST)), null, id);
      case 415 ->
          new ErrorPage(
              415,
              "Unsupported encoding",
              "Keywheel cannot read this text encoding. Send the form as UTF-8.",
              null,
              id);
      default ->
          status >= 500
              ? internalError(id)
              : new ErrorPage(
                  status, "Bad request", "The request is not valid for this address.", null, id);
    };
  }

  private static ErrorPage unexpected(Throwable problem, Context ctx, String id) {
    boolean reads = ctx.method() == HandlerType.GET || ctx.method() == HandlerType.HEAD;
    var database =
        DatabaseFault.of(problem)
            .map(it -> it == DatabaseFault.UNCERTAIN && reads ? DatabaseFault.AWAY : it);
    if (database.isPresent()) {
      if (!(problem instanceof Database.KnownOutageException)) {
        log.warn(
            "{} for {} {}: {}",
            database.get().title(),
            ctx.method(),
            ctx.path(),
            problem.toString());
      }
      return database.get().errorPage(id, LocalPath.referer(ctx));
    }
    int unread = RequestSize.status(problem);
    if (unread >= 400 && unread < 500) {
      return ofStatus(unread, id);
    }
    log.error("Request {} failed: {} {}", id, ctx.method(), ctx.path(), problem);
    return internalError(id);
  }

  private static ErrorPage internalError(String id) {
    return new ErrorPage(
        500,
        "Something went wrong",
        "Keywheel has an internal error. The server log has the details under the request number"
            + " below.",
        null,
        id);
  }

  private static String message(Throwable problem) {
    var message = problem.getMessage();
    return message == null ? "Nothing was changed." : message;
  }

  private void answer(ErrorPage errorPage, Context ctx) {
    ctx.status(errorPage.status());
    if (errorPage.retryAfter() != null) {
      FormErrorStatus.setRetryAfter(ctx, errorPage.retryAfter());
    }
    if (Htmx.isFragmentRequest(ctx)) {
      ctx.contentType("text/plain; charset=utf-8").result(errorPage.sentence());
      return;
    }
    if (errorPage.status() == 404 && LoginRedirect.sendsToken(ctx)) {
      ctx.contentType("application/json").result(UNKNOWN_ENDPOINT.formatted(errorPage.requestId()));
      return;
    }
    try {
      view.page(ctx, PageMeta.titled(errorPage.title()), templates.errorFault(errorPage));
    } catch (RateLimited noSlot) { // no slot for the error page of a client without a session
      FormErrorStatus.setRetryAfter(ctx.status(429), noSlot.retryAfter());
      ctx.contentType("text/plain; charset=utf-8").result(message(noSlot));
    } catch (RuntimeException e) {
      // The layout queries the session; this query may be the one that failed.
      log.debug("No layout around the error page of request {}", errorPage.requestId(), e);
      view.bare(ctx, errorPage.title(), templates.errorFault(errorPage));
    }
  }
}
