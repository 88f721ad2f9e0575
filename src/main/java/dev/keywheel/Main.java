package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.config.ConfigProblem;
import dev.keywheel.config.ProxyVariables;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/** Starts Keywheel from the environment, says where it is, and stops it when told to. */
public final class Main {
  private static final Logger log = LoggerFactory.getLogger(Main.class);
  private static final Duration START_ENDS_WITHIN = Duration.ofSeconds(25);

  /** As a shell reports a process that SIGTERM ended: 128 and the signal's number. */
  private static final int KILLED = 143;

  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    try {
      ProxyVariables.apply(System.getenv(), System.getProperties());
      var config = Config.from(System.getenv());
      if (args.length > 0 && args[0].equals(RotateKek.COMMAND)) {
        System.out.println(RotateKek.run(config, SystemServices.real()));
        System.exit(0);
      }
      run(config);
    } catch (ConfigProblem | StartProblem e) {
      System.err.println("Keywheel cannot start. " + e.getMessage());
      System.exit(2);
    }
  }

  private static void run(Config config) throws StartProblem, InterruptedException {
    say("Keywheel is starting");
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
    var app = started(config, starting);
    say(ready(config, app));
    if (Boolean.getBoolean("keywheel.stopWhenReady")) {
      System.exit(0);
    }
    stopped.await();
  }

  /** To the reader at the console; as lines of the log when a program reads it. */
  private static void say(String text) {
    if ("json".equals(System.getenv("KEYWHEEL_LOG"))) {
      text.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(log::info);
    } else {
      System.out.println(text);
    }
  }

  private static App started(Config config, CompletableFuture<Optional<App>> starting)
      throws StartProblem {
    try {
      var app = App.start(config, SystemServices.real());
      starting.complete(Optional.of(app));
      return app;
    } finally {
      starting.complete(Optional.empty());
    }
  }

  /** A start that is under way ends first: its parts can only be stopped when they are there. */
  private static void stop(CompletableFuture<Optional<App>> starting) {
    endAtOnceWhenToldAgain();
    say("Keywheel is stopping");
    starting
        .completeOnTimeout(Optional.empty(), START_ENDS_WITHIN.toSeconds(), TimeUnit.SECONDS)
        .join()
        .ifPresent(App::close);
  }

  /** The virtual machine ignores a second signal; here it means that waiting is not wanted. */
  private static void endAtOnceWhenToldAgain() {
    for (var name : List.of("TERM", "INT")) {
      Signal.handle(new Signal(name), _ -> Runtime.getRuntime().halt(KILLED));
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
    app.setupLink()
        .ifPresent(
            link ->
                lines
                    .append("  Set up     ")
                    .append(link)
                    .append(
                        "\n             (one use, good for an hour; start again for a new one)\n"));
    return lines.append("  Ctrl-C stops it.\n").toString();
  }

  /** Started by the build: killing Maven must not leave Keywheel and its database behind. */
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
