package dev.keywheel.web.server;

import dev.keywheel.people.SessionStore;
import dev.keywheel.people.identity.Session;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.secret.VaultSealedException;
import dev.keywheel.secret.VaultState;
import dev.keywheel.web.form.RequestBodyLimiter;
import dev.keywheel.web.form.RequestBodyLimiter.Sender;
import dev.keywheel.web.security.AuthenticationRequired;
import dev.keywheel.web.security.AuthenticationRequired.SentForm;
import dev.keywheel.web.security.Cookies;
import dev.keywheel.web.security.Csrf;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import dev.keywheel.web.security.SecurityHeaders;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What every request goes through before its handler: where it comes from, who asks, whether they
 * may, and whether the page they ask from is ours. In this order, so that a session that has ended
 * is told as such and not as a bad token.
 */
final class RequestGuard {
  private static final String REQUEST_ID = "request-id";
  private static final String COOKIE = "csrf-cookie";

  private final SessionStore sessions;
  private final Csrf csrf;
  private final Cookies cookies;
  private final SecurityHeaders headers;
  private final InstantSource clock;
  private final Supplier<VaultState> vault;

  RequestGuard(
      SessionStore sessions,
      Csrf csrf,
      Cookies cookies,
      SecurityHeaders headers,
      InstantSource clock,
      Supplier<VaultState> vault) {
    this.sessions = sessions;
    this.csrf = csrf;
    this.cookies = cookies;
    this.headers = headers;
    this.clock = clock;
    this.vault = vault;
  }

  /** Before anything: also for addresses that do not exist. */
  void begin(Context ctx) {
    var id = UUID.randomUUID().toString().substring(0, 8);
    ctx.attribute(REQUEST_ID, id);
    MDC.put("request", id); // the thread is this request's own
    ctx.header("X-Request-Id", id);
    headers.write(ctx);
  }

  SecurityHeaders headers() {
    return headers;
  }

  static String requestId(Context ctx) {
    @Nullable String id = ctx.attribute(REQUEST_ID);
    return id == null ? "unknown" : id;
  }

  /** Once the route is known. */
  void check(Context ctx) throws InterruptedException {
    var requiredRole = access(ctx);
    var change = ctx.method() != HandlerType.GET && ctx.method() != HandlerType.HEAD;
    var checked = change && !ctx.routeRoles().contains(RouteFlag.REPORT);
    if (checked) {
      csrf.checkOrigin(ctx);
    }
    if (requiredRole != RequiredRole.ANYONE) {
      Optional<Session> found = recognise(ctx);
      if (found.isEmpty()) {
        throw ended(ctx);
      }
      Session session = found.get();
      if (!requiredRole.admits(session.person().role())) {
        throw new Forbidden(
            "This needs the role "
                + requiredRole.label()
                + "; ask an administrator of this workspace.");
      }
      if (!ctx.routeRoles().contains(RouteFlag.POLL) && byPerson(ctx)) {
        sessions.used(session, clock.instant());
      }
    }
    if (change) {
      RequestBodyLimiter.admit(ctx, sender(ctx));
    }
    if (checked) {
      csrf.checkToken(ctx, tokenCookie(ctx));
      checkVault(ctx);
    }
  }

  /** Nothing is written while the vault is shut, whether or not it needs what lies in it. */
  private void checkVault(Context ctx) {
    if (vault.get() instanceof VaultState.Sealed sealed
        && !ctx.routeRoles().contains(RouteFlag.WHILE_SHUT)) {
      throw new VaultSealedException(sealed);
    }
  }

  /** Why nothing is written at the moment, for the top of every page. */
  Optional<String> shut() {
    return vault.get() instanceof VaultState.Sealed sealed
        ? Optional.of(sealed.sentence())
        : Optional.empty();
  }

  /** A form is kept over the sign-in for browsers that had a session, not for strangers. */
  private AuthenticationRequired ended(Context ctx) throws InterruptedException {
    if (ctx.method() != HandlerType.POST) {
      return new AuthenticationRequired(SentForm.NONE);
    }
    boolean kept = sender(ctx) == Sender.ENDED_SESSION && RequestBodyLimiter.keeps(ctx);
    return new AuthenticationRequired(kept ? SentForm.KEPT : SentForm.NOT_KEPT);
  }

  /** Whose request it is decides how much of it is read. */
  private Sender sender(Context ctx) {
    @Nullable String cookie = cookies.read(ctx, Cookies.SESSION);
    if (cookie == null) {
      return Sender.STRANGER;
    }
    if (recognise(ctx).isPresent()) {
      return Sender.USER;
    }
    return sessions.existed(cookie) ? Sender.ENDED_SESSION : Sender.STRANGER;
  }

  private static RequiredRole access(Context ctx) {
    return ctx.routeRoles().stream()
        .filter(RequiredRole.class::isInstance)
        .map(RequiredRole.class::cast)
        .findFirst()
        .orElseThrow(() -> new Forbidden("This address is not open to anybody."));
  }

  /** Finds out who asks; the database is asked once in a request. */
  Optional<Session> recognise(Context ctx) {
    var known = CurrentUser.found(ctx);
    if (known.isPresent()) {
      return known;
    }
    var secret = cookies.read(ctx, Cookies.SESSION);
    if (secret == null) {
      return Optional.empty();
    }
    var found = sessions.find(secret, clock.instant());
    found.ifPresent(session -> CurrentUser.set(ctx, session));
    return found;
  }

  /**
   * A page that loads itself again by a meta refresh is no sign of a person: such a navigation has
   * no {@code Sec-Fetch-User}. Browsers without these headers get the benefit of the doubt.
   */
  private static boolean byPerson(Context ctx) {
    return !"navigate".equals(ctx.header("Sec-Fetch-Mode")) || ctx.header("Sec-Fetch-User") != null;
  }

  /** The token for the forms of a page; gives a visitor the cookie that it belongs to. */
  String token(Context ctx) {
    var cookie = tokenCookie(ctx);
    if (cookie == null) {
      cookie = csrf.visitor();
      ctx.attribute(COOKIE, cookie);
      cookies.writeStrict(ctx, Cookies.VISITOR, cookie, Cookies.BROWSER_SESSION);
    }
    return csrf.token(cookie);
  }

  private @Nullable String tokenCookie(Context ctx) {
    @Nullable String given = ctx.attribute(COOKIE);
    if (given != null) {
      return given;
    }
    return recognise(ctx).isPresent()
        ? cookies.read(ctx, Cookies.SESSION)
        : cookies.read(ctx, Cookies.VISITOR);
  }

  /** Gives the browser the session; the tokens of later pages in this answer belong to it. */
  void enter(Context ctx, String secret) {
    cookies.write(ctx, Cookies.SESSION, secret, Duration.ofDays(7));
    ctx.attribute(COOKIE, secret);
  }

  /** Takes the session from the browser, with what it has kept of our pages. */
  void leave(Context ctx) {
    cookies.remove(ctx, Cookies.SESSION);
    ctx.header("Clear-Site-Data", "\"cache\", \"storage\"");
  }
}
