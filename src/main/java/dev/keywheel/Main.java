package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.config.ConfigProblem;
import java.util.concurrent.CountDownLatch;

/** Starts Keywheel from the environment, says where it is, and stops it when told to. */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    try {
      var config = Config.from(System.getenv());
      if (args.length > 0 && args[0].equals(RotateKek.COMMAND)) {
        System.out.println(RotateKek.run(config, World.real()));
        System.exit(0);
      }
      run(config);
    } catch (ConfigProblem | StartProblem e) {
      System.err.println("Keywheel cannot start. " + e.getMessage());
      System.exit(2);
    }
  }

  private static void run(Config config) throws StartProblem, InterruptedException {
    System.out.println("Keywheel is starting");
    var app = App.start(config, World.real());
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  System.out.println("Keywheel is stopping");
                  app.close();
                  stopped.countDown();
                }));
    stopWithParent();
    System.out.println(ready(config, app));
    if (Boolean.getBoolean("keywheel.stopWhenReady")) {
      System.exit(0);
    }
    stopped.await();
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
