package dev.keywheel.sandbox;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The stand-in provider: a server on loopback that speaks OpenRouter's protocol below {@code
 * /api/v1}.
 *
 * <p>It is meant for trying the product without an account, and for tests. A caller needs only
 * {@link #baseUrl()} and a key whose text says how it behaves, see {@link #sampleKeys()}.
 */
public final class Sandbox implements AutoCloseable {

  static final String BASE = "/api/v1";

  private static final int BACKLOG = 4096;

  static {
    // Without these the JDK's server answers 40 ms late on kept connections and drops idle ones
    // early.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "20000");
    System.setProperty("sun.net.httpserver.idleInterval", "300");
  }

  private final HttpServer server;
  private final ExecutorService threads;
  private final Ledger ledger;
  private final Routes routes;
  private final Scenarios scenarios;
  private final ShiftedClock clock;

  private Sandbox(HttpServer server, ExecutorService threads, SandboxOptions options) {
    this.server = server;
    this.threads = threads;
    this.ledger = new Ledger();
    this.scenarios = new Scenarios();
    this.clock = new ShiftedClock(options.clock());
    this.routes = new Routes(options, ledger, scenarios, clock);
  }

  /**
   * Starts a sandbox; it serves until it is closed.
   *
   * @throws UncheckedIOException when the port is taken
   */
  public static Sandbox start(SandboxOptions options) {
    try {
      var address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), options.port());
      var server = HttpServer.create(address, BACKLOG);
      var threads = Executors.newVirtualThreadPerTaskExecutor();
      var sandbox = new Sandbox(server, threads, options);
      server.setExecutor(threads);
      server.createContext("/", sandbox.routes);
      server.start();
      return sandbox;
    } catch (IOException e) {
      throw new UncheckedIOException("the sandbox cannot listen on port " + options.port(), e);
    }
  }

  /** Where the API begins: {@code http://127.0.0.1:{port}/api/v1}. */
  public URI baseUrl() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + BASE);
  }

  /** What was received. */
  public Ledger ledger() {
    return ledger;
  }

  /** Forgets all calls, counters, scenarios and the shift of the clock. */
  public void reset() {
    routes.reset();
  }

  /** Moves the sandbox's clock on. */
  public void advance(Duration by) {
    clock.advance(by);
  }

  /**
   * From now on a key behaves as another one, or one it does not know becomes known.
   *
   * @param behaviour as it stands in a key, such as {@code valid} or {@code ratelimited-90s}
   */
  public void behave(String key, String behaviour) {
    scenarios.key(key, ControlPages.behaviour(behaviour).orElseThrow());
  }

  /**
   * Calls of an operation end in a certain way, whatever their key.
   *
   * @param operation its name, such as {@code Tool Generator}
   * @param attempt the how manieth call of the operation from the start or the last reset; 0 for
   *     all
   */
  public void scenario(String operation, int attempt, String behaviour) {
    scenarios.rule(
        Operation.named(operation), attempt, ControlPages.behaviour(behaviour).orElseThrow());
  }

  /**
   * A dozen keys with names, most of which work; together they show every state a key can be in.
   */
  public static List<SampleKey> sampleKeys() {
    return SampleKeys.ALL;
  }

  /** How long an operation takes at a latency, without the deviation of {@link Latency#REAL}. */
  public static Duration nominal(String operation, Latency latency) {
    return switch (latency) {
      case INSTANT -> Duration.ZERO;
      case DEMO -> Operation.named(operation).nominal().dividedBy(8);
      case REAL -> Operation.named(operation).nominal();
    };
  }

  /** Ends the answers that are still open, then the server. */
  @Override
  public void close() {
    routes.release();
    server.stop(0);
    threads.shutdownNow();
  }
}
