package dev.keywheel.article.run.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunMode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphTest {
  private static List<Operation> startable(RunMode runMode) {
    return Graph.startable(Map.of(1, OperationState.SUCCEEDED), runMode.coherent());
  }

  @Test
  void section_2_waits_for_section_1_unless_the_run_is_fast() {
    var together = List.of(Operation.TOOL, Operation.SECTION_1, Operation.FAQ, Operation.IMAGE);
    assertThat(startable(RunMode.PARALLEL)).isEqualTo(together);
    assertThat(startable(RunMode.SEQUENTIAL)).isEqualTo(together);
    assertThat(startable(RunMode.FAST))
        .isEqualTo(
            List.of(
                Operation.TOOL,
                Operation.SECTION_1,
                Operation.SECTION_2,
                Operation.FAQ,
                Operation.IMAGE));
  }
}
