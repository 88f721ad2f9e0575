package dev.keywheel.web.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.gateway.model.Alias;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.problem.Rejected;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AliasFormTest {

  @Test
  void parsed_targets_are_formatted_as_they_were_entered() {
    String text =
        "sandbox/a 3 {\"stop\": [\"}|\\\"{\"]} | openrouter/b/c 1\nopenrouter/last {\"a\":{}}";

    var targets = AliasForm.targets(text);

    assertThat(targets)
        .isEqualTo(
            List.of(
                new AliasTarget("sandbox", "a", 3, false, "{\"stop\": [\"}|\\\"{\"]}"),
                new AliasTarget("openrouter", "b/c", 1, true, ""),
                new AliasTarget("openrouter", "last", 1, false, "{\"a\":{}}")));
    assertThat(AliasForm.text(new Alias(UUID.randomUUID(), "x", true, targets))).isEqualTo(text);
  }

  @Test
  void a_line_that_is_not_a_target_is_named() {
    assertThatThrownBy(() -> AliasForm.targets("sandbox/a\n\nsandbox/b 3 | gpt-4o 1"))
        .isInstanceOf(Rejected.class)
        .hasMessageStartingWith("Line 3: a target is a provider, a / and the id of a model");
  }
}
