package dev.keywheel.sandbox.server;

import com.sun.net.httpserver.HttpServer;
import dev.keywheel.sandbox.base.SandboxOperation;
import dev.keywheel.sandbox.content.ContentWriter;
import dev.keywheel.sandbox.faults.SampleKey;
import dev.keywheel.sandbox.faults.SandboxKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A simulated provider: a server on loopback with OpenRouter's protocol below {@code /api/v1}.
 *
 * <p>It is used for trying the product without an account, and for tests. A caller needs {@link
 * #baseUrl()} and a key, which names its own behaviour; see {@link #sampleKeys()}.
 */
public final class Sandbox implements AutoCloseable {
  private static final List<SampleKey> SAMPLE_KEYS =
      List.of(
          sample("ada@example.com", "valid-01"),
          sample("grace@example.com", "valid-02"),
          sample("alan@example.com", "valid-03"),
          sample("linus@example.com", "ratelimited-90s-04"),
          sample("edsger@example.com", "valid-05"),
          sample("barbara@example.com", "valid-06"),
          sample("donald@example.com", "flaky-30-07"),
          sample("margaret@example.com", "daily-08"),
          sample("katherine@example.com", "valid-09"),
          sample("dennis@example.com", "revoked-10"),
          sample("hedy@example.com", "valid-11"),
          sample("john@example.com", "exhausted-12"),
          sample("radia@example.com", "recover-2-13"),
          sample("ken@example.com", "valid-14"));

  static final String BASE = "/api/v1";

  private static final int BACKLOG = 4096;

  static {
    // Without these properties, the JDK's server delays answers on reused connections by 40 ms and
    // closes idle connections early.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "20000");
    System.setProperty("sun.net.httpserver.idleInterval", "300");
  }

  private final HttpServer server;
  private final ExecutorService threads;
  private final RequestLog requests;
  private final RequestRouter routes;
  private final Scenarios scenarios;

  private Sandbox(HttpServer server, ExecutorService threads, SandboxOptions options) {
    this.server = server;
    this.threads = threads;
    this.requests = new RequestLog();
    this.scenarios = new Scenarios();
    this.routes =
        new RequestRouter(options, requests, scenarios, new ShiftedClock(options.clock()));
  }

  /**
   * Starts a sandbox, which runs until {@link #close}.
   *
   * @throws UncheckedIOException when the port is taken
   */
  public static Sandbox start(SandboxOptions options) {
    try {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port());
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

  /** Base URL of the API: {@code http://127.0.0.1:{port}/api/v1}. */
  public URI baseUrl() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + BASE);
  }

  public RequestLog requests() {
    return requests;
  }

  /** Clears calls, counters, scenarios and the clock offset. */
  public void reset() {
    routes.reset();
  }

  /**
   * Sets the behaviour of a key. Any text may be a key.
   *
   * @param behaviour as in a key, such as {@code valid} or {@code ratelimited-90s}
   */
  public void setBehaviour(String key, String behaviour) {
    scenarios.setBehaviour(key, ControlEndpoints.behaviour(behaviour).orElseThrow());
  }

  /**
   * Sets the behaviour of calls for an operation, whatever their key.
   *
   * @param operation name of the operation, such as {@code Tool Generator}
   * @param attempt 1-based number of the call since the last reset; 0 means every call
   */
  public void setScenario(String operation, int attempt, String behaviour) {
    scenarios.addRule(
        SandboxOperation.named(operation),
        attempt,
        ControlEndpoints.behaviour(behaviour).orElseThrow());
  }

  /**
   * Keys with names, most of which work; together they show every status that a provider can cause.
   */
  public static List<SampleKey> sampleKeys() {
    return SAMPLE_KEYS;
  }

  private static SampleKey sample(String name, String behaviour) {
    return new SampleKey(name, SandboxKey.PREFIX + behaviour);
  }

  /** Topics for which the sandbox has a page: suggestions for a first article. */
  public static List<String> suggestedTopics() {
    return ContentWriter.suggestedTopics();
  }

  /** Ends open calls, then stops the server. */
  @Override
  public void close() {
    routes.release();
    server.stop(0);
    threads.shutdownNow();
  }
}
