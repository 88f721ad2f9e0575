package dev.keywheel;

import dev.keywheel.article.ArticleDesk;
import dev.keywheel.article.tool.BrowserToolCheck;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.assignment.Assignments;
import dev.keywheel.config.Config;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.KeyEdits;
import dev.keywheel.key.KeyHistory;
import dev.keywheel.key.KeyImport;
import dev.keywheel.key.KeyList;
import dev.keywheel.key.KeyPool;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.people.Audit;
import dev.keywheel.people.People;
import dev.keywheel.people.Sessions;
import dev.keywheel.people.Setup;
import dev.keywheel.people.SignIn;
import dev.keywheel.provider.OpenRouter;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.RecoveryHistory;
import dev.keywheel.rotation.PooledCall;
import dev.keywheel.sandbox.Sandbox;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState;
import dev.keywheel.settings.Settings;
import dev.keywheel.web.Health;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Web;
import dev.keywheel.web.WebOptions;
import dev.keywheel.web.WebServer;
import dev.keywheel.web.articles.ArticleRoutes;
import dev.keywheel.web.articles.NewArticleRoutes;
import dev.keywheel.web.articles.PartRoutes;
import dev.keywheel.web.articles.PoolNotes;
import dev.keywheel.web.articles.ToolRoutes;
import dev.keywheel.web.dashboard.DashboardRoutes;
import dev.keywheel.web.dashboard.Glance;
import dev.keywheel.web.keys.KeyScreens;
import dev.keywheel.web.log.LogScreen;
import dev.keywheel.web.recovery.RecoveryScreen;
import dev.keywheel.web.runs.RunRoutes;
import dev.keywheel.web.session.ConfirmRoutes;
import dev.keywheel.web.session.PasswordRoutes;
import dev.keywheel.web.session.SessionRoutes;
import dev.keywheel.web.settings.AccountRoutes;
import dev.keywheel.web.settings.Choices;
import dev.keywheel.web.settings.EncryptionRoutes;
import dev.keywheel.web.settings.PeopleRoutes;
import dev.keywheel.web.settings.SettingsRoutes;
import dev.keywheel.web.setup.SetupRoutes;
import io.javalin.util.JavalinBindException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keywheel put together: every part is made here, by constructor, from the parts below it. Closing
 * it stops the parts in the opposite order.
 */
final class App implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(App.class);

  /** How often a node looks for due work that it was not told of. */
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private static final int LAST_ARTICLES = 5;

  private final Config config;
  private final World world;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final WebServer server;
  private final Setup setup;

  /** Starts everything. What was started is stopped again when a part cannot start. */
  static App start(Config config, World world) throws StartProblem {
    return new App(config, world);
  }

  private App(Config config, World world) throws StartProblem {
    this.config = config;
    this.world = world;
    try {
      var database = opened(Storage.open(config)).database();
      var ids = new Ids(world.clock(), world.random());
      var audit = new Audit(database, world.clock());
      this.setup = new Setup(database, audit, ids, world.random(), world.clock());
      this.server = opened(assembled(database, audit, ids));
      listen();
    } catch (StartProblem | RuntimeException e) {
      close();
      throw e;
    }
  }

  private WebServer assembled(Database database, Audit audit, Ids ids) {
    var clock = world.clock();
    var vault = new Vault(database, kek(), world.random(), ids, clock);
    var settings = new Settings(database);
    var sessions = new Sessions(database, world.random());
    var jobs = new Jobs(database, "node-" + ids.next(), LOOK_EVERY);
    var executionLog = new ExecutionLog(database);
    executionLog.afterRestore();
    var keys = new KeyPool(database, vault, ids, clock);
    var providers = providers();
    var recovery =
        new Recovery(
            database, keys, providers, settings, executionLog, jobs, ids, clock, world.pause());
    var assignments =
        new Assignments(database, keys, recovery, providers, settings, executionLog, clock);
    var calls =
        new PooledCall(
            database, keys, assignments, recovery, providers, executionLog, clock, world.pause());
    var keyEdits = new KeyEdits(database, audit, ids, clock);
    var keyImport = new KeyImport(database, vault, ids, clock);
    jobs.every("keys-trash", Duration.ofHours(1), keyEdits::emptyTrash);
    jobs.every("sessions", Duration.ofHours(1), () -> sessions.sweep(clock.instant()));
    jobs.every("keys-imports", Duration.ofMinutes(10), keyImport::forget);
    var desk =
        new ArticleDesk(
            database,
            keys,
            assignments,
            calls,
            providers,
            settings,
            executionLog,
            audit,
            jobs,
            ids,
            clock,
            world.pause(),
            toolCheck());
    opened(jobs).start();
    opened(recovery); // closed before the jobs, so that its batches are given back at once
    say(vault.unseal());
    createConfiguredAdministrator();
    var web =
        new Web(
            new WebOptions(config.host(), config.port(), config.publicUrl(), dev()),
            sessions,
            world.random(),
            clock);
    var people = new People(database, sessions, audit, ids, world.random(), clock);
    var signIn = new SignIn(database, sessions, audit, clock);
    List<Screen> screens =
        List.of(
            new Health(database),
            new DashboardRoutes(
                web,
                new Glance(
                    keys,
                    providers,
                    settings,
                    vault,
                    desk.runs()::unfinished,
                    workspace -> desk.articles().articles(workspace, "", 0, LAST_ARTICLES))),
            new SetupRoutes(web, setup, signIn),
            new SessionRoutes(web, signIn, setup::needed),
            new ConfirmRoutes(web, signIn),
            new PasswordRoutes(web, people),
            new SettingsRoutes(web, new Choices(database, settings, providers, audit, clock)),
            new PeopleRoutes(web, people),
            new EncryptionRoutes(web, vault, database, audit),
            new KeyScreens(
                web,
                keys,
                new KeyList(database),
                keyEdits,
                keyImport,
                new KeyHistory(database),
                recovery,
                providers,
                settings,
                sampleKeys()),
            new RecoveryScreen(web, recovery, new RecoveryHistory(database), keys, clock),
            new AccountRoutes(web, people, sessions, clock),
            new LogScreen(web.view(), web.templates(), executionLog),
            new RunRoutes(web, desk.runs(), executionLog, clock),
            new NewArticleRoutes(
                web, desk.articles(), new PoolNotes(providers, keys, settings, clock)),
            new ArticleRoutes(web, desk.articles(), desk.editing(), desk.runs()),
            new PartRoutes(web, desk.articles(), desk.editing()),
            new ToolRoutes(web, desk.articles()));
    return new WebServer(web, setup::needed, screens);
  }

  private Providers providers() {
    var all = new ArrayList<Provider>();
    all.add(
        new OpenRouter(
            "openrouter", "OpenRouter", config.openRouter(), publicUrl(), world.clock()));
    if (config.sandbox()) {
      var sandbox = opened(Sandbox.start(world.sandbox()));
      all.add(new OpenRouter("sandbox", "Sandbox", sandbox.baseUrl(), publicUrl(), world.clock()));
    }
    return new Providers(all);
  }

  /** One a line, as a person would paste them; empty without the sandbox. */
  private Optional<String> sampleKeys() {
    return config.sandbox()
        ? Optional.of(
            Sandbox.sampleKeys().stream()
                .map(sample -> sample.name() + "," + sample.key())
                .collect(Collectors.joining("\n")))
        : Optional.empty();
  }

  /** Generated tools are tried in a browser when there is one. */
  private ToolCheck toolCheck() {
    return config
        .chromium()
        .<ToolCheck>map(path -> opened(new BrowserToolCheck(path)))
        .orElseGet(() -> ToolCheck.none("no browser was found here; KEYWHEEL_CHROMIUM names one"));
  }

  private KekSource kek() {
    return switch (config.kek()) {
      case Config.KekSource.File(var path) -> KekSource.file("KEYWHEEL_KEK_FILE", path);
      case Config.KekSource.Value(var base64) -> KekSource.variable("KEYWHEEL_KEK", base64);
      case Config.KekSource.MadeHere(var path) -> KekSource.kept(path);
    };
  }

  private static void say(VaultState state) {
    if (state instanceof VaultState.Shut shut) {
      log.warn("Keywheel is sealed: {}", shut.sentence());
    }
  }

  private void createConfiguredAdministrator() {
    config
        .administrator()
        .filter(first -> setup.createConfigured(first.email(), first.password()))
        .ifPresent(first -> log.info("Administrator {} created", first.email()));
  }

  private void listen() throws StartProblem {
    try {
      server.start();
    } catch (JavalinBindException e) {
      throw new StartProblem(
          "Port "
              + config.port()
              + " of "
              + config.host()
              + " cannot be listened on: another program has it, or it is not allowed here. PORT chooses"
              + " another one; 0 picks a free one.");
    }
  }

  /** Where browsers on this machine find it. */
  URI address() {
    return config
        .publicUrl()
        .orElseGet(() -> URI.create("http://" + shownHost() + ":" + server.port()));
  }

  int port() {
    return server.port();
  }

  /** The one-time link that makes the first administrator; empty when there is one. */
  Optional<URI> setupLink() {
    return setup.token().map(token -> URI.create(address() + "/setup?token=" + token));
  }

  private URI publicUrl() {
    return config.publicUrl().orElse(URI.create("http://localhost"));
  }

  private String shownHost() {
    return config.host().equals("0.0.0.0") ? "127.0.0.1" : config.host();
  }

  private static boolean dev() {
    return Boolean.getBoolean("keywheel.dev");
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        log.warn("A part did not stop cleanly", e);
      }
    }
  }
}
