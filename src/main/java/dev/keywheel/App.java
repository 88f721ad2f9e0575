package dev.keywheel;

import ch.qos.logback.classic.LoggerContext;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.tool.browser.BrowserToolCheck;
import dev.keywheel.config.Config;
import dev.keywheel.gateway.call.Gateway;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.people.FirstAdminSetup;
import dev.keywheel.people.factor.PasskeySite;
import dev.keywheel.people.factor.SignInSettings;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.WebContext;
import dev.keywheel.web.server.WebOptions;
import dev.keywheel.web.server.WebServer;
import io.javalin.util.JavalinBindException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wires all parts by constructor. Closing stops them in reverse order: calls and jobs, then the web
 * server, then the provider connections and the database.
 */
final class App implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(App.class);

  /** Interval at which missing search indexes are built, for example once pg_trgm is installed. */
  private static final Duration SEARCH_INDEX_INTERVAL = Duration.ofMinutes(10);

  private final Config config;
  private final SystemServices systemServices;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final WebServer server;
  private final FirstAdminSetup firstAdminSetup;
  private final Vault vault;
  private final DatabaseWatch watch;

  /** Starts all parts. If one fails to start, those already started are stopped. */
  static App start(Config config, SystemServices systemServices) throws StartProblem {
    return new App(config, systemServices);
  }

  private App(Config config, SystemServices systemServices) throws StartProblem {
    this.config = config;
    this.systemServices = systemServices;
    try {
      ListenAddress.requireUsable(config);
      var databaseStartup = track(DatabaseStartup.open(config, systemServices));
      this.watch =
          track(
              new DatabaseWatch(
                  databaseStartup.watchDatabase(),
                  databaseStartup.database(),
                  databaseStartup.clock(),
                  systemServices.delayer()));
      var coreModule =
          new CoreModule(
              databaseStartup.database(),
              databaseStartup.clock(),
              kek(config),
              providers(databaseStartup.clock()),
              toolCheck(),
              config.auditAnchor(),
              config.gateway(),
              PasskeySite.of(config.publicUrl()),
              systemServices);
      addNodeToLogs(coreModule.jobs.node());
      this.firstAdminSetup = coreModule.setup;
      this.vault = coreModule.vault;
      this.server = assemble(coreModule, databaseStartup);
      track(
          databaseStartup.searchIndexes()); // closed before the jobs, which would wait for a build
      listen();
    } catch (Rejected rejected) {
      close();
      throw new StartProblem(
          "KEYWHEEL_ADMIN_EMAIL and KEYWHEEL_ADMIN_PASSWORD cannot be used: "
              + rejected.getMessage());
    } catch (StartProblem | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private WebServer assemble(CoreModule coreModule, DatabaseStartup databaseStartup) {
    logIfSealed(coreModule.vault.unseal());
    coreModule.recordTlsFailures();
    var web =
        new WebContext(
            new WebOptions(
                config.host(), config.port(), config.publicUrl(), config.trustedProxies(), isDev()),
            coreModule.sessions,
            coreModule.workspaces,
            systemServices.random(),
            coreModule.clock,
            coreModule.anonymousSlots,
            coreModule.vault::state,
            text -> cookieHmac(coreModule.vault, text),
            () -> SignInSettings.of(coreModule.settings).secondFactorForAdmins(),
            watch::warning);
    track(coreModule.deferredWrites); // closed after the web server, before the database
    var gateway = coreModule.gateway.start();
    var pages =
        track(
            new WebServer(
                web,
                firstAdminSetup::needed,
                coreModule.audit,
                WebModule.of(web, coreModule, sampleKeys(), suggestedTopics()),
                Optional.of(
                    new WebServer.Front(
                        gateway::handler, gateway::answerUnread, Gateway.PATH_COMPLIANCE))));
    track(gateway);
    track(coreModule.jobs);
    track(coreModule.recovery); // closed before the jobs, to release its batches immediately
    track(new CallShutdown(coreModule.jobs.stopping(), coreModule.calls, systemServices.delayer()));
    track(gateway::stop); // calls of runs and of the gateway finish at the same time
    coreModule.vault.whenOpen(() -> startWriting(coreModule, databaseStartup));
    return pages;
  }

  /** The HMAC that authenticates a cookie; empty while the vault is sealed. */
  private static Optional<byte[]> cookieHmac(Vault vault, String text) {
    return vault.state() instanceof VaultState.Open
        ? Optional.of(vault.fingerprint(new UUID(0, 0), "cookie", Secret.of(text)))
        : Optional.empty();
  }

  /**
   * Starts the parts that write to the database. Called as soon as the vault is open, and again if
   * it has failed; so the jobs, which may start only once, are last.
   */
  private void startWriting(CoreModule coreModule, DatabaseStartup databaseStartup) {
    coreModule.auditVerification.start();
    createConfiguredAdministrator();
    if (databaseStartup.embedded()) {
      coreModule.jobs.releaseAll();
      coreModule.gateway.ledger().releaseAll();
    }
    var jobs = new ArrayList<>(coreModule.jobDefinitions());
    jobs.add(
        new JobDefinition.Recurring(
            "search-indexes", SEARCH_INDEX_INTERVAL, databaseStartup.searchIndexes()::build));
    coreModule.providers.fetchCatalogues(coreModule.keys.status().providersWithKeys());
    coreModule.jobs.start(jobs);
  }

  private Providers providers(InstantSource clock) {
    var all = new ArrayList<Provider>();
    all.add(
        track(
            new OpenRouter(
                "openrouter",
                Providers.label("openrouter"),
                config.openRouter(),
                publicUrl(),
                clock)));
    if (config.sandbox()) {
      var sandbox = track(Sandbox.start(systemServices.sandbox()));
      all.add(
          track(
              new OpenRouter(
                  "sandbox", Providers.label("sandbox"), sandbox.baseUrl(), publicUrl(), clock)));
    }
    return new Providers(all);
  }

  /** The sample keys, one {@code name,key} per line; empty without the sandbox. */
  private Optional<String> sampleKeys() {
    return config.sandbox()
        ? Optional.of(
            Sandbox.sampleKeys().stream()
                .map(sample -> sample.name() + "," + sample.key())
                .collect(Collectors.joining("\n")))
        : Optional.empty();
  }

  /** Topics for which the sandbox has an article, by provider name; empty without the sandbox. */
  private Map<String, List<String>> suggestedTopics() {
    return config.sandbox() ? Map.of("sandbox", Sandbox.suggestedTopics()) : Map.of();
  }

  /** The browser check of generated tools; {@link ToolCheck#none} without a browser. */
  private ToolCheck toolCheck() {
    return config
        .chromium()
        .<ToolCheck>map(path -> track(new BrowserToolCheck(path)))
        .orElseGet(() -> ToolCheck.none("no browser was found; KEYWHEEL_CHROMIUM sets its path"));
  }

  /** The source of the key-encryption key. Refuses a file that other accounts may read. */
  static KekSource kek(Config config) throws StartProblem {
    KekSource source =
        switch (config.kek()) {
          case Config.KekLocation.File(var path) -> KekSource.file(path);
          case Config.KekLocation.Value(var base64) -> KekSource.variable("KEYWHEEL_KEK", base64);
          case Config.KekLocation.Generated(var path) -> KekSource.managedFile(path);
        };
    var refusal = source.refusal();
    if (refusal.isPresent()) {
      throw new StartProblem(refusal.get());
    }
    return source;
  }

  /**
   * Adds the node's name to structured logs, because logs of several nodes are often read together.
   */
  private static void addNodeToLogs(String node) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.putProperty("node", node);
    }
  }

  private static void logIfSealed(VaultState state) {
    if (state instanceof VaultState.Sealed sealed) {
      log.warn("Keywheel is sealed: {}", sealed.sentence());
    }
  }

  private void createConfiguredAdministrator() {
    config
        .administrator()
        .filter(first -> firstAdminSetup.createConfigured(first.email(), first.password()))
        .ifPresent(first -> log.info("Administrator {} created", first.email()));
  }

  private void listen() throws StartProblem {
    try {
      server.start();
    } catch (JavalinBindException e) {
      throw ListenAddress.unusable(config);
    }
  }

  /** The public URL; if none is set, the address for browsers on this machine. */
  URI address() {
    return config.publicUrl().orElseGet(() -> ListenAddress.url(config.host(), server.port()));
  }

  List<Routes.Route> routes() {
    return server.routes();
  }

  /**
   * The one-time link for creating the first administrator; empty if one exists. Also empty while
   * the vault is sealed, because the link would be refused: a start with the right key prints it.
   */
  Optional<URI> setupLink() {
    return vault.state() instanceof VaultState.Open
        ? firstAdminSetup.issueToken().map(token -> URI.create(address() + "/setup?token=" + token))
        : Optional.empty();
  }

  private URI publicUrl() {
    return config.publicUrl().orElse(URI.create("http://localhost"));
  }

  private static boolean isDev() {
    return Boolean.getBoolean("keywheel.dev");
  }

  private <T extends AutoCloseable> T track(T part) {
    open.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception | Error e) {
        log.warn("A component did not stop cleanly", e);
      }
    }
  }
}
