package dev.keywheel.web.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.model.Alias;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AliasFormTest {

  @Test
  void targets_are_read_as_they_are_written() {
    String text = "sandbox/a 3 | openrouter/b/c 1\nopenrouter/last";

    var targets = AliasForm.targets(text);

    assertThat(targets)
        .isEqualTo(
            List.of(
                new AliasTarget("sandbox", "a", 3, false),
                new AliasTarget("openrouter", "b/c", 1, true),
                new AliasTarget("openrouter", "last")));
    assertThat(AliasForm.text(new Alias(UUID.randomUUID(), "x", true, targets))).isEqualTo(text);
  }
}
