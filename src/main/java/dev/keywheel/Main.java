package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.config.ConfigProblem;
import dev.keywheel.config.ProxyVariables;
import dev.keywheel.config.UnknownVariables;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.net.OpenFiles;
import java.net.URI;
import java.security.Security;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/** Starts Keywheel from the environment, prints its address, and stops it on a signal. */
public final class Main {
  private static final Logger log = LoggerFactory.getLogger(Main.class);
  private static final Duration START_ENDS_WITHIN = Duration.ofSeconds(25);

  /** Exit status of a process killed by SIGTERM: 128 plus the signal number. */
  private static final int KILLED_STATUS = 143;

  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    useStaleAddresses();
    try {
      if (args.length == 0) {
        UnknownVariables.warning(System.getenv()).ifPresent(log::warn);
      }
      ProxyVariables.apply(System.getenv(), System.getProperties());
      var config = Config.from(System.getenv());
      if (args.length > 0) {
        System.out.println(command(config, args));
        System.exit(0);
      }
      run(config);
    } catch (ConfigProblem | StartProblem e) {
      System.err.println((args.length == 0 ? "Keywheel cannot start. " : "") + e.getMessage());
      System.exit(2);
    } catch (RuntimeException | Error e) {
      unexpected(args, e);
    }
  }

  /**
   * Uses the last known addresses of a host for up to a day while its name cannot be resolved, as
   * RFC 8767 recommends. Java reads this before the first lookup.
   */
  static void useStaleAddresses() {
    Security.setProperty("networkaddress.cache.stale.ttl", "86400");
  }

  /** Carries out a command and returns its result. A misspelt one must not start a server. */
  static String command(Config config, String[] args) throws StartProblem {
    return switch (args[0]) {
      case OperatorCommand.RESET_SECOND_FACTOR,
          OperatorCommand.MAKE_PASSWORD_LINK,
          OperatorCommand.ROTATE_KEK ->
          OperatorCommand.run(config, SystemServices.real(), args);
      default ->
          throw new StartProblem(
              "There is no command \"%s\"; allowed: %s, %s, %s, or none to start the server"
                  .formatted(
                      args[0],
                      OperatorCommand.MAKE_PASSWORD_LINK,
                      OperatorCommand.RESET_SECOND_FACTOR,
                      OperatorCommand.ROTATE_KEK));
    };
  }

  /** Exits explicitly: running threads would keep the process alive and the data folder locked. */
  private static void unexpected(String[] args, Throwable e) {
    try {
      System.err.println(failure(args, e));
      log.error(failed(args), e);
    } finally {
      System.exit(1);
    }
  }

  /** The sentence about an error that ends the start, or the command. */
  static String failure(String[] args, Throwable e) {
    return failed(args)
        + (TransientErrors.isTransient(e)
            ? ". " + DatabaseStartup.unavailable(e)
            : " because of an unexpected error: " + e);
  }

  private static String failed(String[] args) {
    return args.length == 0 ? "Keywheel cannot start" : "The command " + args[0] + " failed";
  }

  private static void run(Config config) throws StartProblem, InterruptedException {
    var refusal = OpenFiles.now().refusal();
    if (refusal.isPresent()) {
      throw new StartProblem(refusal.get());
    }
    print("Keywheel is starting");
    var starting = new CompletableFuture<Optional<App>>();
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stop(starting);
                  stopped.countDown();
                }));
    stopWithParent();
    var app = start(config, starting);
    print(ready(config, app));
    if (Boolean.getBoolean("keywheel.trainingRun")) {
      config.administrator().ifPresent(new TrainingRun(app.address())::run);
      System.exit(0);
    }
    stopped.await();
  }

  /** Prints to the console, or to the log when logs are structured. */
  private static void print(String text) {
    if ("json".equals(System.getenv("KEYWHEEL_LOG"))) {
      text.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(log::info);
    } else {
      System.out.println(text);
    }
  }

  private static App start(Config config, CompletableFuture<Optional<App>> starting)
      throws StartProblem {
    try {
      var app = App.start(config, SystemServices.real());
      starting.complete(Optional.of(app));
      return app;
    } finally {
      starting.complete(Optional.empty());
    }
  }

  /** Waits for a start in progress: its parts can only be stopped once they exist. */
  private static void stop(CompletableFuture<Optional<App>> starting) {
    exitOnSecondSignal();
    print("Keywheel is stopping");
    starting
        .completeOnTimeout(Optional.empty(), START_ENDS_WITHIN.toSeconds(), TimeUnit.SECONDS)
        .join()
        .ifPresent(App::close);
  }

  /** A second signal, which the JVM ignores by default, halts the process immediately. */
  private static void exitOnSecondSignal() {
    for (var name : List.of("TERM", "INT")) {
      Signal.handle(new Signal(name), _ -> Runtime.getRuntime().halt(KILLED_STATUS));
    }
  }

  private static String ready(Config config, App app) {
    var lines = new StringBuilder("\n");
    lines.append("  Keywheel is ready\n");
    lines.append("  Address    ").append(app.address()).append('\n');
    lines
        .append("  Data       ")
        .append(
            config
                .database()
                .map(database -> database.shown())
                .orElse(config.data().toAbsolutePath().normalize() + " (embedded PostgreSQL)"))
        .append('\n');
    lines.append("  Sandbox    ").append(config.sandbox() ? "on" : "off").append('\n');
    setupLink(app::setupLink)
        .ifPresent(
            link ->
                lines
                    .append("  Set up     ")
                    .append(link)
                    .append(
                        "\n             (one use, valid for an hour; start again for a new one)\n"));
    return lines.append("  Ctrl-C stops it.\n").toString();
  }

  /**
   * The set-up link; also empty while the database is too busy to answer: after a restart, jobs of
   * earlier runs may use all connections, but only an installation with users has such jobs.
   */
  static Optional<URI> setupLink(Supplier<Optional<URI>> link) {
    try {
      return link.get();
    } catch (RuntimeException e) {
      if (!TransientErrors.isTransient(e)) {
        throw e;
      }
      log.warn("Could not determine whether the installation has users: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** In development, exits with the Maven process, so that no Keywheel or database is orphaned. */
  private static void stopWithParent() {
    if (Boolean.getBoolean("keywheel.dev")) {
      ProcessHandle.current()
          .parent()
          .ifPresent(parent -> Thread.ofVirtual().start(() -> exitAfter(parent)));
    }
  }

  private static void exitAfter(ProcessHandle parent) {
    parent.onExit().join();
    System.exit(0);
  }
}
