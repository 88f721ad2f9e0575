package dev.keywheel.article.run.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Json;
import org.junit.jupiter.api.Test;

class RunSettingsTest {
  @Test
  void settings_stored_with_a_cost_limit_by_an_older_version_are_read() {
    var stored = "{\"atOnce\": 4, \"waitHours\": 48, \"cost\": 0.01, \"retries\": 1}";
    assertThat(Json.read(stored, RunSettings.class)).isEqualTo(new RunSettings(4, 48, 1));
  }

  @Test
  void settings_are_stored_with_a_field_that_nodes_of_the_previous_version_require() {
    var stored = Json.text(new RunSettings(4, 48, 1));
    assertThat(stored).contains("\"cost\":0");
    assertThat(Json.read(stored, RunSettings.class)).isEqualTo(new RunSettings(4, 48, 1));
  }
}
