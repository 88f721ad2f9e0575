package dev.keywheel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the AOT cache of {@code mvn} for a small program in a folder of its own. */
@Tag("full")
final class StartCacheTest {
  private static final Path SOURCES = Path.of("src", "build", "java");

  private static final String START =
      """
      import java.util.List;

      class Start {
        public static void main(String[] libraries) throws Exception {
          var cache = new StartCache(libraries[0]);
          cache.update(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"), List.of("classes"));
          System.out.println("options " + cache.options());
        }
      }
      """;

  @TempDir private Path folder;

  /** Contains a {@code nice} that does not lower the priority, because other tests are running. */
  private Path programs;

  private Path library;
  private Path cache;

  @BeforeEach
  void compile() throws IOException {
    var launcher = SOURCES.resolve("Launcher.java");
    Files.createDirectories(folder.resolve(SOURCES));
    Files.copy(launcher, folder.resolve(launcher));
    var start = Files.writeString(folder.resolve("Start.java"), START);
    run("javac", "-proc:none", "-sourcepath", SOURCES, "-d", folder, start);
    programs = Files.createDirectories(folder.resolve("programs"));
    var nice = Files.writeString(programs.resolve("nice"), "#!/bin/sh\nshift 2; exec \"$@\"\n");
    assertThat(nice.toFile().setExecutable(true)).isTrue();
    library = folder.resolve("library.jar");
    run("jar", "--create", "--file", library, "-C", folder, "Start.class");
    cache = folder.resolve("target").resolve("run").resolve("start-cache");
  }

  @Test
  void a_recorded_cache_is_used_by_the_next_start_and_not_recorded_again() throws Exception {
    program("System.out.println(\"started\");");
    assertThat(start()).isEqualTo("options []\n");
    Await.until("the cache is recorded", () -> Files.exists(cache.resolve("start.aot")));
    String recording = Files.readString(cache.resolve("process"));

    assertThat(start()).startsWith("options [-XX:AOTCache=target/run/start-cache/start.aot,");
    assertThat(cache.resolve("process")).hasContent(recording);
  }

  @Test
  void a_recording_that_failed_is_reported_once_and_repeated_only_for_other_libraries()
      throws Exception {
    program("throw new IllegalStateException(\"no database\");");
    assertThat(start()).isEqualTo("options []\n");
    Await.until("the recording has failed", () -> Files.exists(cache.resolve("failed")));
    String recording = Files.readString(cache.resolve("process"));

    assertThat(start())
        .contains("the start that records it failed", "start-cache/recording.log", "options []\n");
    assertThat(start()).isEqualTo("options []\n");
    assertThat(cache.resolve("process")).hasContent(recording);

    Files.setLastModifiedTime(library, FileTime.from(Instant.EPOCH));
    assertThat(start()).isEqualTo("options []\n");
    Await.until("the second recording has failed", () -> Files.exists(cache.resolve("failed")));
    assertThat(Files.readString(cache.resolve("process"))).isNotEqualTo(recording);
  }

  /** As after a full disk or a loss of power. */
  @ParameterizedTest
  @ValueSource(strings = {"", "4711"})
  void a_damaged_file_about_the_recording_does_not_prevent_a_start(String content)
      throws Exception {
    program("System.out.println(\"started\");");
    Files.createDirectories(cache);
    Files.writeString(cache.resolve("process"), content);

    assertThat(start()).isEqualTo("options []\n");
    Await.until("the cache is recorded", () -> Files.exists(cache.resolve("start.aot")));
  }

  /** Compiles the program that the recording starts instead of Keywheel. */
  private void program(String body) throws IOException {
    var main =
        Files.writeString(
            folder.resolve("Main.java"),
            "package dev.keywheel; public class Main { public static void main(String[] a) { "
                + body
                + " } }");
    run("javac", "-d", folder.resolve("classes"), main);
  }

  /** The output of one start as {@code mvn} does it. */
  private String start() throws IOException, InterruptedException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var builder =
        new ProcessBuilder(
                java,
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                folder.toString(),
                "Start",
                library.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true);
    builder.environment().merge("PATH", programs.toString(), (path, own) -> own + ":" + path);
    var start = builder.start();
    String output = new String(start.getInputStream().readAllBytes(), UTF_8);
    assertThat(start.waitFor()).as(output).isZero();
    return output;
  }

  private static void run(String tool, Object... arguments) {
    var strings = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
    int exit = ToolProvider.findFirst(tool).orElseThrow().run(System.out, System.err, strings);
    assertThat(exit).isZero();
  }
}
