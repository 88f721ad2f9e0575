package dev.keywheel.article.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keywheel.article.operation.Step;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphTest {
  private static List<Step> startable(Mode mode) {
    return Graph.startable(Map.of(1, OperationState.SUCCEEDED), mode.coherent());
  }

  @Test
  void section_2_waits_for_section_1_unless_the_run_is_fast() {
    var together = List.of(Step.TOOL, Step.SECTION_1, Step.FAQ, Step.IMAGE);
    assertEquals(together, startable(Mode.PARALLEL));
    assertEquals(together, startable(Mode.SEQUENTIAL));
    assertEquals(
        List.of(Step.TOOL, Step.SECTION_1, Step.SECTION_2, Step.FAQ, Step.IMAGE),
        startable(Mode.FAST));
  }
}
