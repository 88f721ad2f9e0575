package dev.keywheel.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class UnknownVariablesTest {
  @Test
  void one_line_names_the_misspelled_variables_and_the_nearest_known_names() {
    assertThat(
            UnknownVariables.warning(
                Map.of(
                    "KEYWHEEL_SANDBX", "off",
                    "KEYWHEEL_PORT", "9000",
                    "KEYWHEEL_KEKFILE", "/run/kek",
                    "KEYWHEEL_URL", "https://keys.example.org",
                    "HOME", "/root")))
        .contains(
            "Unknown environment variables are ignored: KEYWHEEL_KEKFILE (the nearest known name is"
                + " KEYWHEEL_KEK_FILE),"
                + " KEYWHEEL_PORT (the nearest known name is PORT),"
                + " KEYWHEEL_SANDBX (the nearest known name is KEYWHEEL_SANDBOX)");
  }

  @Test
  void variables_set_by_other_programs_are_not_named() {
    assertThat(
            UnknownVariables.warning(
                Map.of(
                    "KEYWHEEL_TOKEN", "kw1_…",
                    "KEYWHEEL_PORT", "tcp://10.0.0.7:8080",
                    "KEYWHEEL_SERVICE_HOST", "10.0.0.7",
                    "KEYWHEEL_SERVICE_PORT_HTTP", "8080",
                    "KEYWHEEL_PORT_8080_TCP_ADDR", "10.0.0.7")))
        .isEmpty();
  }

  @Test
  void each_variable_that_the_configuration_reads_is_known() throws IOException {
    String source = Files.readString(Path.of("src/main/java/dev/keywheel/config/Config.java"));
    assertThat(
            Pattern.compile("\"((?:KEYWHEEL|DATABASE)_[A-Z_]+|PORT)\"")
                .matcher(source)
                .results()
                .map(found -> found.group(1))
                .distinct())
        .containsExactlyInAnyOrderElementsOf(UnknownVariables.KNOWN);
  }
}
