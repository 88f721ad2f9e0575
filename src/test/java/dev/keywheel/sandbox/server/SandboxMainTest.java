package dev.keywheel.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SandboxMainTest {

  @ParameterizedTest
  @CsvSource({
    "SANDBOX_PORT,70000",
    "SANDBOX_PORT,any",
    "SANDBOX_PORT,-1",
    "SANDBOX_LATENCY,slow",
    "SANDBOX_SEED,x"
  })
  void a_wrong_setting_is_named_with_its_allowed_values(String name, String value) {
    assertThat(SandboxMain.problem(Map.of(name, value)).orElseThrow())
        .startsWith(name + " must be ");
  }

  @Test
  void valid_settings_are_accepted() {
    assertThat(SandboxMain.problem(Map.of())).isEmpty();
    assertThat(SandboxMain.problem(Map.of("SANDBOX_PORT", "65535", "SANDBOX_LATENCY", "REAL")))
        .isEmpty();
  }
}
