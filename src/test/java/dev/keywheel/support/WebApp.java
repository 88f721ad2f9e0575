package dev.keywheel.support;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.SameSiteAttribute;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Sha256;
import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.net.TrustedProxies;
import dev.keywheel.people.AccountService;
import dev.keywheel.people.CheapPasswords;
import dev.keywheel.people.FirstAdminSetup;
import dev.keywheel.people.InvitationService;
import dev.keywheel.people.MemberService;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.SignIn;
import dev.keywheel.people.WorkspaceService;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.SignInSettings;
import dev.keywheel.people.factor.TestFactors;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.secondfactor.PasskeySignIn;
import dev.keywheel.people.secondfactor.SecondFactorService;
import dev.keywheel.people.secondfactor.SecondStep;
import dev.keywheel.people.secondfactor.StepUp;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.web.secondfactor.SecondFactorRoutes;
import dev.keywheel.web.server.HealthRoutes;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import dev.keywheel.web.server.WebOptions;
import dev.keywheel.web.server.WebServer;
import dev.keywheel.web.session.SessionScreens;
import dev.keywheel.web.settings.AccountRoutes;
import dev.keywheel.web.setup.SetupRoutes;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * The real web server on a free port over a test's database, with the screens under test and those
 * for signing in. {@link #admin} is its first administrator.
 */
public final class WebApp implements AutoCloseable {
  public static final String EMAIL = "ada@example.org";
  public static final String PASSWORD = "eight ducks on a pond";

  public final Database db;
  public final InstantSource clock;
  public final SessionStore sessions;
  public final Audit audit;
  public final MemberService people;
  public final AccountService accounts;
  public final InvitationService invitations;
  public final WorkspaceService workspaces;
  public final FirstAdminSetup setup;
  public final SignIn signIn;
  public final Vault vault;
  public final Factors factors;
  public final SecondFactorService secondFactors;
  public final WebContext web;
  public final Ids ids;
  private final AnonymousSlots anonymousSlots = new AnonymousSlots();
  private final WebServer server;
  private Optional<Principal> admin = Optional.empty();
  private Optional<TestDatabase> own = Optional.empty();

  private WebApp(
      Database db,
      InstantSource clock,
      WebOptions options,
      Function<WebApp, List<Screen>> screens) {
    var random = new SecureRandom();
    this.db = db;
    this.clock = clock;
    this.ids = new Ids(clock, random);
    this.sessions = new SessionStore(db, random);
    this.audit = TestAudit.unsigned(db, clock);
    this.people = new MemberService(db, sessions, audit, random, CheapPasswords.get(), clock);
    this.accounts = new AccountService(db, sessions, audit, random, clock);
    this.invitations =
        new InvitationService(db, sessions, audit, ids, random, CheapPasswords.get(), clock);
    this.workspaces = new WorkspaceService(db, sessions, audit, ids, clock);
    this.setup = new FirstAdminSetup(db, audit, ids, random, CheapPasswords.get(), clock);
    this.vault = TestFactors.vault(db, clock);
    this.factors = TestFactors.of(vault, options.publicUrl());
    this.signIn =
        new SignIn(
            db, sessions, audit, factors, random, CheapPasswords.get(), clock, Runnable::run);
    var settings = new SettingsStore(db);
    this.secondFactors =
        new SecondFactorService(db, sessions, factors, settings, audit, ids, clock);
    this.web =
        new WebContext(
            options,
            sessions,
            workspaces,
            random,
            clock,
            anonymousSlots,
            () -> new VaultState.Open("test"),
            text -> Optional.of(Sha256.of("test key|" + text)),
            () -> SignInSettings.of(settings).secondFactorForAdmins(),
            Optional::empty);
    var all =
        new ArrayList<>(
            SessionScreens.of(
                web,
                signIn,
                new SecondStep(db, sessions, audit, factors, random, clock),
                new PasskeySignIn(db, sessions, audit, factors, random, clock),
                new StepUp(db, sessions, audit, factors, clock),
                people,
                invitations,
                setup::needed));
    all.add(new SecondFactorRoutes(web, secondFactors));
    all.add(new SetupRoutes(web, setup, signIn));
    all.addAll(screens.apply(this));
    if (all.stream().noneMatch(HealthRoutes.class::isInstance)) {
      all.add(health());
    }
    this.server = new WebServer(web, setup::needed, audit, all, Optional.empty());
    server.start();
  }

  private HealthRoutes health() {
    HealthRoutes.Check database =
        new HealthRoutes.Check(
            "database",
            () -> {
              db.read(dsl -> dsl.fetch("select 1"));
              return Optional.empty();
            });
    return new HealthRoutes(List.of(), List.of(database));
  }

  /** Starts an app with an administrator. {@code screens} makes the screens from the parts. */
  public static WebApp start(
      Database db, InstantSource clock, Function<WebApp, List<Screen>> screens) {
    return setUp(new WebApp(db, clock, local(), screens));
  }

  /** Like {@link #start(Database, InstantSource, Function)}, and closes the database afterwards. */
  public static WebApp start(
      TestDatabase database, InstantSource clock, Function<WebApp, List<Screen>> screens) {
    var app = start(database.database(), clock, screens);
    app.own = Optional.of(database);
    return app;
  }

  private static WebApp setUp(WebApp app) {
    app.admin =
        Optional.of(app.setup.create(app.setup.issueToken().orElseThrow(), EMAIL, PASSWORD));
    return app;
  }

  private static WebOptions local() {
    return options(Optional.empty(), TrustedProxies.NONE);
  }

  private static WebOptions options(Optional<URI> publicUrl, TrustedProxies proxies) {
    return new WebOptions("127.0.0.1", 0, publicUrl, proxies, Boolean.getBoolean("keywheel.dev"));
  }

  /** The state of a first start: there is no user. */
  public static WebApp fresh(Database db, InstantSource clock) {
    return new WebApp(db, clock, local(), app -> List.of());
  }

  /** Starts an app with this time limit for the headers of a request. */
  public static WebApp withHeaderTimeout(Database db, InstantSource clock, Duration headersWithin) {
    return new WebApp(db, clock, local().headersWithin(headersWithin), app -> List.of());
  }

  /** An app behind a local proxy that serves browsers over https. */
  public static WebApp behindTls(Database db, InstantSource clock, URI publicUrl) {
    return behindTls(db, clock, publicUrl, parts -> List.of());
  }

  /** An app behind such a proxy, with these screens. */
  public static WebApp behindTls(
      Database db, InstantSource clock, URI publicUrl, Function<WebApp, List<Screen>> screens) {
    var options = options(Optional.of(publicUrl), TrustedProxies.parse("127.0.0.1"));
    return setUp(new WebApp(db, clock, options, screens));
  }

  public Principal admin() {
    return admin.orElseThrow();
  }

  public UUID workspace() {
    return admin().workspaceId();
  }

  public AnonymousSlots anonymousSlots() {
    return anonymousSlots;
  }

  public String url() {
    return "http://127.0.0.1:" + server.port();
  }

  public List<Routes.Route> routes() {
    return server.routes();
  }

  /** Adds another member of the workspace, with the same password. */
  public Principal member(String email, Role role) {
    return member(admin(), email, role);
  }

  /** Adds a member to the workspace of this administrator. */
  public Principal member(Principal by, String email, Role role) {
    return invitations.accept(invitations.invite(by, email, role), PASSWORD).orElseThrow();
  }

  /** The account page of the signed-in user. */
  public AccountRoutes account() {
    return new AccountRoutes(web, people, sessions, signIn, secondFactors, clock);
  }

  /** Creates a session of this user and returns its secret, the value of the cookie {@code sid}. */
  public String session(Principal person) {
    return db.inTx(
        tx ->
            sessions.open(
                tx, person.userId(), person.workspaceId(), "127.0.0.1", "test", clock.instant()));
  }

  /** An HTTP client without a session. */
  public HttpBrowser browser() {
    return new HttpBrowser(URI.create(url()));
  }

  /** An HTTP client that is signed in as this user. */
  public HttpBrowser browser(Principal person) {
    var browser = browser();
    browser.cookie("sid", session(person));
    return browser;
  }

  /** A blank page of a real browser in this look, signed in as this user. */
  public Page open(Chromium chromium, Look look, Principal person) {
    return chromium.open(look, cookies(url(), session(person)));
  }

  /** The cookie of a session, as the server at this URL sets it. */
  public static List<Cookie> cookies(String url, String session) {
    var cookie = new Cookie("sid", session).setUrl(url);
    return List.of(cookie.setHttpOnly(true).setSameSite(SameSiteAttribute.LAX));
  }

  @Override
  public void close() {
    server.close();
    own.ifPresent(TestDatabase::close);
  }
}
