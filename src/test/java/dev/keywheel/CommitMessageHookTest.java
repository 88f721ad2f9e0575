package dev.keywheel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs the hook on sample messages. The commits of the project are not read, because a shallow
 * clone has none.
 */
final class CommitMessageHookTest {
  private static final String LONGEST =
      "Añade veintidós letras, y otras cincuenta: a b c d e f g h i j k l m n o";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Decide once for the next run\n\nWhy.\n",
        "# a comment of git\nPass the mark on\n# another\n",
        "Bring the names of controls up to date",
        "Speed up the search",
        "Succeed without a browser",
        "Alias the models of a pool",
        "Address each part by its name",
        "Revert \"Decide once, with a title that was long enough and is longer in quotation marks\"",
        LONGEST,
      })
  void a_short_imperative_title_with_a_reason_in_the_body_is_accepted(String message)
      throws Exception {
    assertThat(refusal(message)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        LONGEST + "x",
        "Decided once",
        "Fixes a test",
        "Fixing a test",
        "decide once",
        "Decide once.",
        "Decide once\nand say no more",
        "",
      })
  void any_other_title_is_refused_with_a_reason(String message) throws Exception {
    assertThat(refusal(message)).startsWith("Commit refused: ").contains(message.split("\n")[0]);
  }

  /** The hook's error message; empty if it accepts the commit message. */
  private String refusal(String message) throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("message"), message);
    var hook =
        new ProcessBuilder("sh", "src/build/hooks/commit-msg", file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(hook.getInputStream().readAllBytes(), UTF_8);
    assertThat(hook.waitFor() == 0).isEqualTo(output.isEmpty());
    return output;
  }
}
