package dev.keywheel.web.server;

import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.identity.Session;
import dev.keywheel.secret.VaultSealedException;
import dev.keywheel.secret.VaultState;
import dev.keywheel.web.form.PendingForm;
import dev.keywheel.web.form.RequestBodyLimiter;
import dev.keywheel.web.form.RequestBodyLimiter.Sender;
import dev.keywheel.web.security.AnonymousLimiter;
import dev.keywheel.web.security.AuthenticationRequired;
import dev.keywheel.web.security.AuthenticationRequired.SentForm;
import dev.keywheel.web.security.Cookies;
import dev.keywheel.web.security.Csrf;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.PageWorkspace;
import dev.keywheel.web.security.ReauthenticationRequired;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import dev.keywheel.web.security.SecondFactorRequired;
import dev.keywheel.web.security.SecurityHeaders;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Checks every request before its handler: origin, session, role, second factor, size, CSRF token,
 * vault, workspace and confirmation. The session is checked before the token, so that an expired
 * session is not reported as a bad token.
 */
final class RequestGuard {
  private static final Logger log = LoggerFactory.getLogger(RequestGuard.class);
  private static final String REQUEST_ID = "request-id";
  private static final String COOKIE = "csrf-cookie";

  /**
   * A session is checked again after a body that took longer, as the user may have been removed.
   */
  private static final Duration MAX_SESSION_AGE = Duration.ofSeconds(5);

  private final SessionStore sessions;
  private final Csrf csrf;
  private final Cookies cookies;
  private final SecurityHeaders headers;
  private final InstantSource clock;
  private final PageWorkspace pageWorkspace;
  private final Supplier<VaultState> vault;
  private final BooleanSupplier secondFactorForAdmins;
  private final RequestBodyLimiter bodies;
  private final AnonymousSlots anonymousSlots;
  private final AnonymousLimiter anonymousLimiter;

  /**
   * @param client returns the address of the browser
   */
  RequestGuard(
      SessionStore sessions,
      Csrf csrf,
      Cookies cookies,
      SecurityHeaders headers,
      InstantSource clock,
      AnonymousSlots anonymousSlots,
      PageWorkspace pageWorkspace,
      Supplier<VaultState> vault,
      BooleanSupplier secondFactorForAdmins,
      Function<Context, String> client) {
    this.sessions = sessions;
    this.csrf = csrf;
    this.cookies = cookies;
    this.headers = headers;
    this.clock = clock;
    this.anonymousSlots = anonymousSlots;
    this.anonymousLimiter = new AnonymousLimiter(anonymousSlots, clock);
    this.pageWorkspace = pageWorkspace;
    this.vault = vault;
    this.secondFactorForAdmins = secondFactorForAdmins;
    this.bodies = new RequestBodyLimiter(client);
  }

  /**
   * Sets the request id and the headers; may wait for a slot. Runs first, even for unknown URLs.
   */
  void begin(Context ctx) {
    var id = UUID.randomUUID().toString().substring(0, 8);
    ctx.attribute(REQUEST_ID, id);
    MDC.put("request", id); // no removal needed: each request has its own thread
    ctx.header("X-Request-Id", id);
    headers.write(ctx);
    if (!isChange(ctx)
        && cookies.read(ctx, Cookies.SESSION) == null
        && !HealthRoutes.isPath(ctx.path())) {
      anonymousLimiter.enter(ctx);
    }
  }

  AnonymousLimiter anonymousLimiter() {
    return anonymousLimiter;
  }

  AnonymousSlots anonymousSlots() {
    return anonymousSlots;
  }

  RequestBodyLimiter bodies() {
    return bodies;
  }

  SecurityHeaders headers() {
    return headers;
  }

  static String requestId(Context ctx) {
    @Nullable String id = ctx.attribute(REQUEST_ID);
    return id == null ? "unknown" : id;
  }

  /** Refuses the request if a check fails; extends the session if a user caused the request. */
  void check(Context ctx) throws InterruptedException {
    var requiredRole = RequiredRole.of(ctx);
    boolean change = isChange(ctx);
    var checked = change && !ctx.routeRoles().contains(RouteFlag.REPORT);
    if (checked) {
      csrf.checkOrigin(ctx);
    }
    var checkedAt = clock.instant();
    if (requiredRole != RequiredRole.ANYONE) {
      Session session = checkSession(ctx, requiredRole);
      if (!ctx.routeRoles().contains(RouteFlag.POLL) && isByUser(ctx)) {
        sessions.recordUse(session, clock.instant());
      }
    }
    if (change) {
      bodies.admit(ctx, sender(ctx));
    }
    if (checked) {
      csrf.checkToken(ctx, tokenCookie(ctx));
      if (requiredRole != RequiredRole.ANYONE
          && clock.instant().isAfter(checkedAt.plus(MAX_SESSION_AGE))) {
        CurrentUser.set(ctx, null);
        checkSession(ctx, requiredRole);
      }
      checkVault(ctx);
    }
    if (requiredRole != RequiredRole.ANYONE
        && !ctx.routeRoles().contains(RouteFlag.ANY_WORKSPACE)) {
      pageWorkspace.check(ctx, CurrentUser.of(ctx));
    }
    if (ctx.routeRoles().contains(RouteFlag.STEP_UP)
        && !CurrentUser.session(ctx).confirmed(clock.instant())) {
      throw new ReauthenticationRequired();
    }
  }

  private Session checkSession(Context ctx, RequiredRole requiredRole) throws InterruptedException {
    var session = findSession(ctx).orElse(null);
    if (session == null) {
      throw ended(ctx);
    }
    requiredRole.require(session.person());
    if (!ctx.routeRoles().contains(RouteFlag.WITHOUT_FACTOR) && withoutFactor(session)) {
      throw new SecondFactorRequired();
    }
    return session;
  }

  private static boolean isChange(Context ctx) {
    return ctx.method() != HandlerType.GET && ctx.method() != HandlerType.HEAD;
  }

  /** Whether the user is an administrator who has to set up a second factor first. */
  boolean withoutFactor(Session session) {
    var person = session.person();
    return (person.instanceAdmin() || RequiredRole.ADMIN.admits(person))
        && !session.factors().any()
        && secondFactorForAdmins.getAsBoolean();
  }

  /** Refuses changes while the vault is sealed, except {@link RouteFlag#WHILE_SEALED} ones. */
  private void checkVault(Context ctx) {
    if (vault.get() instanceof VaultState.Sealed sealed
        && !ctx.routeRoles().contains(RouteFlag.WHILE_SEALED)) {
      throw new VaultSealedException(sealed);
    }
  }

  /** The reason why changes are refused, for the top of every page. */
  Optional<String> sealedReason() {
    return vault.get() instanceof VaultState.Sealed sealed
        ? Optional.of(sealed.sentence())
        : Optional.empty();
  }

  /** The refusal; a form is kept for the sign-in only if the browser had a session before. */
  private AuthenticationRequired ended(Context ctx) throws InterruptedException {
    if (!isChange(ctx)) {
      anonymousLimiter.enter(ctx); // counts as a client without a session
    }
    if (ctx.method() != HandlerType.POST) {
      return new AuthenticationRequired(SentForm.NONE);
    }
    if (sender(ctx) != Sender.ENDED_SESSION || !bodies.admitIfSmall(ctx)) {
      return new AuthenticationRequired(SentForm.NOT_KEPT);
    }
    return new AuthenticationRequired(
        PendingForm.of(ctx).hasSecrets() ? SentForm.KEPT_WITHOUT_KEYS : SentForm.KEPT);
  }

  /**
   * The form of a request that failed because of the database or the sealed vault. Requires only a
   * session cookie, since the query for the session may be the one that failed.
   */
  Optional<PendingForm> unprocessed(Context ctx) {
    if (ctx.method() != HandlerType.POST || cookies.read(ctx, Cookies.SESSION) == null) {
      return Optional.empty();
    }
    try {
      return bodies.admitIfSmall(ctx) ? PendingForm.again(ctx) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (RuntimeException unread) {
      log.debug("The form of request {} was not kept", requestId(ctx), unread);
      return Optional.empty();
    }
  }

  /** The sender of the request, who determines the size limit of the body. */
  private Sender sender(Context ctx) {
    @Nullable String cookie = cookies.read(ctx, Cookies.SESSION);
    if (cookie == null) {
      return Sender.ANONYMOUS;
    }
    if (findSession(ctx).isPresent()) {
      return Sender.USER;
    }
    return sessions.existed(cookie) ? Sender.ENDED_SESSION : Sender.ANONYMOUS;
  }

  /** The session of the request; a session that was found is not queried again. */
  Optional<Session> findSession(Context ctx) {
    var known = CurrentUser.found(ctx);
    if (known.isPresent()) {
      return known;
    }
    var secret = Optional.ofNullable(cookies.read(ctx, Cookies.SESSION));
    var found = secret.flatMap(value -> sessions.find(value, clock.instant()));
    found.ifPresent(session -> CurrentUser.set(ctx, session));
    return found;
  }

  /** False for a navigation without {@code Sec-Fetch-User}, such as a reload by meta refresh. */
  private static boolean isByUser(Context ctx) {
    return !"navigate".equals(ctx.header("Sec-Fetch-Mode")) || ctx.header("Sec-Fetch-User") != null;
  }

  /** The CSRF token for the forms of a page; sets the cookie to which the token belongs. */
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
    return findSession(ctx).isPresent()
        ? cookies.read(ctx, Cookies.SESSION)
        : cookies.read(ctx, Cookies.VISITOR);
  }

  /** Sets the session cookie; later CSRF tokens of this response belong to this cookie. */
  void setSessionCookie(Context ctx, String secret) {
    cookies.write(ctx, Cookies.SESSION, secret, SessionStore.MAX_AGE);
    ctx.attribute(COOKIE, secret);
  }

  /** Removes the session cookie and clears what the browser has cached. */
  void removeSessionCookie(Context ctx) {
    cookies.remove(ctx, Cookies.SESSION);
    ctx.header("Clear-Site-Data", "\"cache\", \"storage\"");
  }
}
