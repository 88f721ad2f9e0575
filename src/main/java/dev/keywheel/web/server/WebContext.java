package dev.keywheel.web.server;

import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.people.KnownBrowserRepository;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.SignedIn;
import dev.keywheel.people.WorkspaceService;
import dev.keywheel.people.factor.ChallengeRepository;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.people.identity.Session;
import dev.keywheel.secret.VaultState;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.PageZone;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Theme;
import dev.keywheel.web.security.CookieSigner;
import dev.keywheel.web.security.Cookies;
import dev.keywheel.web.security.Csrf;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.PageWorkspace;
import dev.keywheel.web.security.SecurityHeaders;
import gg.jte.Content;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.generated.precompiled.DynamicTemplates;
import gg.jte.generated.precompiled.StaticTemplates;
import gg.jte.generated.precompiled.Templates;
import gg.jte.models.runtime.JteModel;
import gg.jte.resolve.DirectoryCodeResolver;
import io.javalin.http.Context;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** The server's services for screens: rendering, sessions, cookies, redirects and messages. */
public final class WebContext {
  private final WorkspaceService workspaces;
  private final WebOptions options;
  private final InstantSource clock;
  private final Templates templates;
  private final Assets assets;
  private final Cookies cookies;
  private final RequestGuard requestGuard;
  private final View view;

  /**
   * @param anonymousSlots slots for clients without a session, shared with the gateway
   * @param vault while it is sealed, each page says so and changes are refused
   * @param hmac signs cookies
   * @param secondFactorForAdmins whether administrators need a second factor
   * @param warning a warning about this server, shown to instance administrators
   */
  public WebContext(
      WebOptions options,
      SessionStore sessions,
      WorkspaceService workspaces,
      SecureRandom random,
      InstantSource clock,
      AnonymousSlots anonymousSlots,
      Supplier<VaultState> vault,
      Function<String, Optional<byte[]>> hmac,
      BooleanSupplier secondFactorForAdmins,
      Supplier<Optional<String>> warning) {
    this.workspaces = workspaces;
    this.options = options;
    this.clock = clock;
    this.templates = options.dev() ? sourceTemplates() : new StaticTemplates();
    this.assets = options.dev() ? Assets.watching(Path.of("static")) : Assets.builtIn();
    this.cookies = new Cookies(options.https());
    this.requestGuard =
        new RequestGuard(
            sessions,
            new Csrf(random, options.origin()),
            cookies,
            new SecurityHeaders(options.https()),
            clock,
            anonymousSlots,
            new PageWorkspace(workspaces),
            vault,
            secondFactorForAdmins,
            this::client);
    this.view =
        new View(
            templates,
            assets,
            requestGuard,
            workspaces,
            cookies,
            new CookieSigner(hmac, clock),
            clock,
            warning);
  }

  /** Whether the vault is sealed, so that changes are refused. */
  public boolean vaultSealed() {
    return requestGuard.sealedReason().isPresent();
  }

  /** Templates that are recompiled when they change; their classes are outside the class path. */
  private static Templates sourceTemplates() {
    var source = new DirectoryCodeResolver(Path.of("src/main/jte"));
    var engine = TemplateEngine.create(source, Path.of("target/jte-dev"), ContentType.Html);
    engine.setTrimControlStructures(true);
    return new DynamicTemplates(engine);
  }

  InstantSource clock() {
    return clock;
  }

  public WorkspaceService workspaces() {
    return workspaces;
  }

  View view() {
    return view;
  }

  /** A page: {@code content} inside the layout. The status is not changed. */
  public void page(Context ctx, PageMeta pageMeta, Content content) {
    view.page(ctx, pageMeta, content);
  }

  /** A page with only the logo around it, such as sign-in or set-up. */
  public void plain(Context ctx, String title, Content content) {
    view.plain(ctx, title, content);
  }

  /** A fragment, at its own URL. */
  public void fragment(Context ctx, JteModel content) {
    view.fragment(ctx, content);
  }

  /** A polled fragment; answers 304 if the browser already has this version. */
  public void update(Context ctx, String version, JteModel content) {
    if (!Htmx.answerIfUnchanged(ctx, version)) {
      view.fragment(ctx, content);
    }
  }

  public void json(Context ctx, String json) {
    ctx.contentType("application/json").result(json);
  }

  /** Sets the media type of a binary response, without the default charset of texts. */
  public static void setBinaryType(Context ctx, String mediaType) {
    ctx.res().setCharacterEncoding(null);
    ctx.contentType(mediaType);
  }

  /** Shows a message on the next page. Call it before {@link Htmx#seeOther}. */
  public void flash(Context ctx, Severity severity, String text) {
    view.flash(ctx, new Flash(severity, text, null));
  }

  /** Shows a message, possibly with a follow-up action, on the next page. */
  public void flash(Context ctx, Flash flash) {
    view.flash(ctx, flash);
  }

  /** Redirects to the page at this path, which shows this message about the successful change. */
  public void done(Context ctx, String path, String text) {
    flash(ctx, Severity.OK, text);
    Htmx.seeOther(ctx, path);
  }

  public Templates templates() {
    return templates;
  }

  /** Signs the browser in with a new session, and marks it as known for the next sign-in. */
  public void signIn(Context ctx, SignedIn signedIn) {
    requestGuard.setSessionCookie(ctx, signedIn.session());
    cookies.writeStrict(
        ctx, Cookies.BROWSER, signedIn.browser(), KnownBrowserRepository.REMEMBERED);
    cookies.remove(ctx, Cookies.CHALLENGE);
  }

  /**
   * Binds a challenge of the sign-in to the browser. A second step and a passkey alone have a
   * cookie each, so that they do not end each other in two tabs.
   */
  public void bindChallenge(Context ctx, String cookie, String secret) {
    cookies.writeStrict(ctx, cookie, secret, ChallengeRepository.GOOD_FOR);
  }

  /** The challenge of the browser's second step; empty if there is none. */
  public String challenge(Context ctx) {
    return Objects.requireNonNullElse(cookies.read(ctx, Cookies.CHALLENGE), "");
  }

  /** The challenge of the browser's sign-in with a passkey alone; empty if there is none. */
  public String passkeyChallenge(Context ctx) {
    var own = cookies.read(ctx, Cookies.PASSKEY_CHALLENGE);
    return own == null ? challenge(ctx) : own; // the previous version had one cookie for both
  }

  /** The host to which passkeys belong; empty for an IP address, which cannot have passkeys. */
  public String passkeyHost() {
    return options.passkeyHost();
  }

  /** Whether the user of the request still has to set up a second factor. */
  public boolean withoutFactor(Context ctx) {
    return requestGuard.withoutFactor(CurrentUser.session(ctx));
  }

  /** The session of the request, on a public route. */
  public Optional<Session> session(Context ctx) {
    return requestGuard.findSession(ctx);
  }

  /** Signs the browser out; the caller ends the session. */
  public void signOut(Context ctx) {
    requestGuard.removeSessionCookie(ctx);
  }

  /** A CSRF token for the current page, after {@link #signIn}. */
  public String token(Context ctx) {
    return requestGuard.token(ctx);
  }

  public Browser browser(Context ctx) {
    @Nullable String agent = ctx.userAgent();
    return new Browser(
        client(ctx),
        agent == null ? "" : agent,
        Optional.ofNullable(cookies.read(ctx, Cookies.BROWSER)));
  }

  /** The IP address of the browser; behind a trusted proxy, the address that the proxy reports. */
  public String client(Context ctx) {
    return options
        .proxies()
        .client(
            ctx.req().getRemoteAddr(),
            Collections.list(ctx.req().getHeaders("Forwarded")),
            Collections.list(ctx.req().getHeaders("X-Forwarded-For")));
  }

  /** The client address of a request that has not reached a servlet. */
  String clientAddress(Request request) {
    return options
        .proxies()
        .client(
            Request.getRemoteAddr(request),
            request.getHeaders().getValuesList("Forwarded"),
            request.getHeaders().getValuesList("X-Forwarded-For"));
  }

  /**
   * The absolute URL of a local path; without a public URL, at the loopback host of the request.
   */
  public String address(Context ctx, String path) {
    var origin = options.origin();
    return (origin.isEmpty() ? ctx.scheme() + "://" + ctx.host() : origin) + path;
  }

  /** Stores the theme for a year. */
  public void remember(Context ctx, Theme theme) {
    cookies.write(ctx, Cookies.THEME, theme.code(), java.time.Duration.ofDays(365));
  }

  public Theme theme(Context ctx) {
    return Theme.of(cookies.read(ctx, Cookies.THEME));
  }

  /** The time zone that the user has chosen, otherwise the browser's, otherwise UTC. */
  ZoneId zone(Context ctx) {
    return CurrentUser.found(ctx)
        .flatMap(session -> PageZone.named(session.timeZone()))
        .or(() -> PageZone.named(cookies.browserZone(ctx)))
        .orElse(PageZone.UTC);
  }

  WebOptions options() {
    return options;
  }

  Assets assets() {
    return assets;
  }

  RequestGuard requestGuard() {
    return requestGuard;
  }
}
