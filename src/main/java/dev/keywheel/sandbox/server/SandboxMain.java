package dev.keywheel.sandbox.server;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Runs the sandbox as its own process. Environment: {@code SANDBOX_PORT}, {@code SANDBOX_LATENCY},
 * {@code SANDBOX_SEED}; the defaults are {@value #PORT}, {@code demo} and 1.
 */
public final class SandboxMain {

  private static final int PORT = 4020;

  private SandboxMain() {}

  public static void main(String[] args) throws InterruptedException {
    var environment = System.getenv();
    var wrong = problem(environment);
    if (wrong.isPresent()) {
      System.err.println(wrong.get());
      System.exit(2);
    }
    var sandbox = Sandbox.start(options(environment));
    Runtime.getRuntime().addShutdownHook(new Thread(sandbox::close));
    System.out.println("Sandbox provider at " + sandbox.baseUrl());
    Sandbox.sampleKeys().forEach(key -> System.out.println(key.name() + " " + key.key()));
    Thread.currentThread().join();
  }

  /** The first invalid variable, with the allowed values; empty when all are valid. */
  static Optional<String> problem(Map<String, String> environment) {
    if (!environment
        .getOrDefault("SANDBOX_PORT", "0")
        .matches("\\d{1,4}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5]")) {
      return Optional.of("SANDBOX_PORT must be a port from 0 (a free one) to 65535.");
    }
    if (!environment.getOrDefault("SANDBOX_LATENCY", "demo").matches("(?i)instant|demo|real")) {
      return Optional.of("SANDBOX_LATENCY must be instant, demo or real.");
    }
    return environment.getOrDefault("SANDBOX_SEED", "1").matches("\\d{1,18}")
        ? Optional.empty()
        : Optional.of("SANDBOX_SEED must be a whole number of up to 18 digits.");
  }

  private static SandboxOptions options(Map<String, String> environment) {
    return SandboxOptions.demo()
        .withPort(Integer.parseInt(environment.getOrDefault("SANDBOX_PORT", "" + PORT)))
        .withLatency(
            Latency.valueOf(
                environment.getOrDefault("SANDBOX_LATENCY", "demo").toUpperCase(Locale.ROOT)))
        .withSeed(Long.parseLong(environment.getOrDefault("SANDBOX_SEED", "1")));
  }
}
