package dev.keywheel.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.RunningApp;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opentest4j.TestAbortedException;

/**
 * SDKs for Node against the gateway: the checks of {@code src/test/sdk}, with a pool in which most
 * keys are refused. The test is reported as skipped if npm is missing or cannot install the SDKs.
 */
@Tag("full")
class NodeSdksIT {
  private static final Path SOURCE = Path.of("src/test/sdk");
  private static final Path FOLDER = Path.of("target/sdk");
  private static final List<String> KEYS =
      List.of("ok", "401", "402", "429", "in200", "first", "ok", "ok");

  private static Process upstream;
  private static BufferedReader upstreamOutput;
  private static URI upstreamUrl;

  private static RunningApp app;
  private static String token;

  @BeforeAll
  static void install() throws Exception {
    copy();
    Run npm;
    try {
      npm = run(Map.of(), "npm", "ci", "--prefer-offline");
    } catch (IOException missing) {
      throw skipped("npm is not installed");
    }
    if (npm.exit() != 0) {
      throw skipped("npm could not install the SDKs:\n" + npm.output());
    }
    upstream = builder(Map.of(), "node", "upstream.mjs").start();
    upstreamOutput = upstream.inputReader();
    upstreamUrl = URI.create("http://127.0.0.1:" + upstreamOutput.readLine());
    start();
  }

  private static TestAbortedException skipped(String why) {
    System.err.println("SKIPPED: the checks with SDKs for Node: " + why);
    return new TestAbortedException(why);
  }

  private static void copy() throws IOException {
    Files.createDirectories(FOLDER);
    try (Stream<Path> files = Files.list(SOURCE)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.write(FOLDER.resolve(file.getFileName()), Files.readAllBytes(file));
      }
    }
  }

  @AfterAll
  static void stop() throws IOException {
    if (upstream != null) {
      app.close();
      upstream.destroyForcibly();
      upstreamOutput.close();
    }
  }

  private static void start() {
    app = RunningApp.withProvider(upstreamUrl.resolve("/api/v1"));
    app.addKeys(
        "openrouter",
        IntStream.range(0, KEYS.size())
            .mapToObj(i -> "key%d sk-or-fake-%s-%06d".formatted(i, KEYS.get(i), i))
            .toList());
    var created = app.administrator().post("/gateway/tokens", "name", "SDKs");
    token = created.page().select("#your-token").attr("value");
  }

  @ParameterizedTest
  @CsvSource({
    "openai.test.mjs, openai4",
    "openai.test.mjs, openai5",
    "openai.test.mjs, openai6",
    "openai.test.mjs, openai7",
    "anthropic.test.mjs, @anthropic-ai/sdk",
    "ai.test.mjs, ai"
  })
  void the_checks_of_an_sdk_pass(String checks, String sdk) throws Exception {
    var run =
        run(
            Map.of(
                "SDK",
                sdk,
                "GATEWAY_URL",
                app.url(),
                "GATEWAY_TOKEN",
                token,
                "UPSTREAM_URL",
                upstreamUrl.toString()),
            "node",
            "--test",
            checks);
    assertThat(run.exit()).as(run.output()).isZero();
    assertThat(run.output()).contains("# pass ").doesNotContain("# pass 0\n", token);
  }

  private record Run(int exit, String output) {}

  private static Run run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    var process = builder(environment, command).redirectErrorStream(true).start();
    String output;
    try (var stream = process.getInputStream()) {
      output = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (UncheckedIOException | IOException e) {
      process.destroyForcibly();
      throw e;
    }
    return new Run(process.waitFor(), output);
  }

  private static ProcessBuilder builder(Map<String, String> environment, String... command) {
    var builder = new ProcessBuilder(command).directory(FOLDER.toFile());
    builder.environment().putAll(environment);
    return builder;
  }
}
