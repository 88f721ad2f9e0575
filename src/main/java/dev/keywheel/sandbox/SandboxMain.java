package dev.keywheel.sandbox;

import java.util.Locale;
import java.util.Map;

/**
 * Starts the sandbox by itself, until it is stopped: {@code SANDBOX_PORT}, {@code SANDBOX_LATENCY},
 * {@code SANDBOX_SEED}.
 */
public final class SandboxMain {

  private static final int PORT = 4020;

  private SandboxMain() {}

  public static void main(String[] args) throws InterruptedException {
    var sandbox = Sandbox.start(options(System.getenv()));
    Runtime.getRuntime().addShutdownHook(new Thread(sandbox::close));
    System.out.println("Sandbox provider at " + sandbox.baseUrl());
    Sandbox.sampleKeys().forEach(key -> System.out.println(key.name() + " " + key.key()));
    Thread.currentThread().join();
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
