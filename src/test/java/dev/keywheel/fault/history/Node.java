package dev.keywheel.fault.history;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import dev.keywheel.fault.StartedKeywheel;
import dev.keywheel.support.OwnPostgres;
import dev.keywheel.support.TcpProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/**
 * One of the two nodes, with its links to the database and to the provider. Restarted, as by a
 * supervisor, when it cannot start or is killed.
 */
final class Node implements AutoCloseable {
  static final String EMAIL = "ada@example.org";
  static final String PASSWORD = "correct horse battery";

  static final String KEK = Base64.getEncoder().encodeToString(new byte[32]);
  private static final Duration STOP = Duration.ofSeconds(30);
  private static final int STARTS = 6;

  private static final Pattern BROKEN =
      Pattern.compile("OutOfMemoryError|StackOverflowError|NullPointerException|NoClassDefFound");

  private final Path folder;
  private final Path log;
  private final Map<String, String> environment;
  private final List<String> options;
  private final List<String> errorReports = new CopyOnWriteArrayList<>();
  final TcpProxy database;
  final TcpProxy upstream;
  private volatile StartedKeywheel process;
  private volatile URI address;

  Node(
      int number,
      OwnPostgres postgres,
      String databaseName,
      URI provider,
      Path folder,
      Duration clockOffset) {
    this.folder = folder.resolve("node" + number);
    this.log = folder.resolve("node" + number + ".txt");
    this.database = new TcpProxy(postgres.port());
    this.upstream = new TcpProxy(provider.getPort());
    this.environment =
        Map.of(
            "DATABASE_URL",
            OwnPostgres.url(database.port(), databaseName),
            "KEYWHEEL_KEK",
            KEK,
            "KEYWHEEL_SANDBOX",
            "off",
            "KEYWHEEL_ADMIN_EMAIL",
            EMAIL,
            "KEYWHEEL_ADMIN_PASSWORD",
            PASSWORD,
            "KEYWHEEL_OPENROUTER_URL",
            "http://127.0.0.1:" + upstream.port() + provider.getPath(),
            // No browser, because tools are not tested here.
            "PATH",
            "/nonexistent");
    this.options = List.of("-Dkeywheel.clockOffset=" + clockOffset);
    process = new StartedKeywheel(this.folder, environment, options);
  }

  /** Starts the process without waiting until it is ready. */
  Node start() {
    process = new StartedKeywheel(folder, environment, options);
    return this;
  }

  void awaitReady() {
    for (int start = 1; ; start++) {
      try {
        process.awaitReady();
        address = process.address();
        return;
      } catch (AssertionError notStarted) {
        if (start == STARTS || process.alive()) {
          throw notStarted;
        }
        start();
      }
    }
  }

  /** The address, which stays the same while the node is stopped. */
  URI address() {
    return address;
  }

  void kill() throws InterruptedException {
    process.kill();
    keepOutput();
  }

  void terminate() throws InterruptedException {
    process.terminate();
    process.awaitEnd(STOP);
    keepOutput();
  }

  void signal(String signal) {
    OwnPostgres.signal(process.process(), signal);
  }

  boolean alive() {
    return process.alive();
  }

  /** Lines of the output that report an error. */
  List<String> errorReports() {
    keepOutput();
    return List.copyOf(errorReports);
  }

  private void keepOutput() {
    var output = process.output();
    output.lines().filter(BROKEN.asPredicate()).forEach(errorReports::add);
    try {
      Files.writeString(log, output + "\n\n", CREATE, APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String output() {
    return process.output();
  }

  @Override
  public void close() throws InterruptedException, IOException {
    signal("CONT");
    process.close();
    database.close();
    upstream.close();
  }
}
