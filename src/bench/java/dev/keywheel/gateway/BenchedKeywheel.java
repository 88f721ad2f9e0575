package dev.keywheel.gateway;

import dev.keywheel.fault.StartedKeywheel;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.WebApp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Keywheel in a separate process with some keys of a provider and one access token. */
final class BenchedKeywheel implements AutoCloseable {
  private static final int KEYS = 20;

  private final StartedKeywheel started;
  private final String token;

  BenchedKeywheel(Path folder, URI provider) {
    this.started =
        new StartedKeywheel(
                folder.resolve("data"),
                Map.of(
                    "KEYWHEEL_OPENROUTER_URL", provider.toString(),
                    "KEYWHEEL_ADMIN_EMAIL", WebApp.EMAIL,
                    "KEYWHEEL_ADMIN_PASSWORD", WebApp.PASSWORD),
                List.of("-Xmx512m", "-XX:TieredStopAtLevel=4"))
            .awaitReady();
    var browser = new HttpBrowser(started.address());
    browser.get("/login");
    browser.post("/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
    var lines =
        IntStream.rangeClosed(1, KEYS)
            .mapToObj(i -> "key%02d sk-or-bench-%06d".formatted(i, i))
            .collect(Collectors.joining("\n"));
    browser.get("/keys/new");
    var preview = browser.post("/keys/imports", "provider", "openrouter", "keys", lines);
    browser.post(preview.location() + "/confirmation");
    browser.get("/gateway/tokens");
    this.token =
        browser.post("/gateway/tokens", "name", "bench").page().select("#your-token").attr("value");
    if (token.isEmpty()) {
      throw new IllegalStateException("no token was created");
    }
  }

  URI url() {
    return started.address();
  }

  Map<String, String> headers() {
    return Map.of("Authorization", "Bearer " + token);
  }

  /** The memory use of the process. */
  long residentKb() {
    try {
      return Files.readAllLines(Path.of("/proc", started.process().pid() + "", "status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The processor time of the process's compilers. */
  Duration compiling() {
    Path tasks = Path.of("/proc", started.process().pid() + "", "task");
    try (var threads = Files.list(tasks)) {
      return threads
          .filter(BenchedKeywheel::isCompiler)
          .map(BenchedKeywheel::processorTime)
          .reduce(Duration.ZERO, Duration::plus);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isCompiler(Path thread) {
    return read(thread.resolve("comm")).matches("C[12] Compiler.*\n");
  }

  private static Duration processorTime(Path thread) {
    String nanos = read(thread.resolve("schedstat")).split(" ")[0];
    return nanos.isEmpty() ? Duration.ZERO : Duration.ofNanos(Long.parseLong(nanos));
  }

  /** Empty if the thread has ended. */
  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public void close() throws InterruptedException {
    started.close();
  }
}
