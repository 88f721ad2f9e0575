package dev.keywheel.article.run.model;

import static dev.keywheel.run.OperationState.DEGRADED;
import static dev.keywheel.run.OperationState.FAILED;
import static dev.keywheel.run.OperationState.SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunState;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RunEndingTest {
  private static final int META = Operation.META.number();
  private static final int SECTION_1 = Operation.SECTION_1.number();
  private static final int SECTION_2 = Operation.SECTION_2.number();

  @Test
  void an_article_needs_its_title_and_one_section() {
    assertThat(state(0, Map.of(META, SUCCEEDED, SECTION_1, SUCCEEDED, SECTION_2, FAILED)))
        .isEqualTo(RunState.COMPLETED);
    assertThat(state(0, Map.of(META, SUCCEEDED, SECTION_2, DEGRADED)))
        .isEqualTo(RunState.COMPLETED);
    assertThat(state(0, Map.of(META, SUCCEEDED, SECTION_1, FAILED, SECTION_2, FAILED)))
        .isEqualTo(RunState.FAILED);
    assertThat(state(0, Map.of(META, FAILED, SECTION_1, SUCCEEDED, SECTION_2, SUCCEEDED)))
        .isEqualTo(RunState.FAILED);
  }

  @Test
  void a_run_for_one_part_needs_only_this_part() {
    assertThat(state(SECTION_2, Map.of(SECTION_2, SUCCEEDED))).isEqualTo(RunState.COMPLETED);
    assertThat(state(SECTION_2, Map.of(META, SUCCEEDED, SECTION_1, SUCCEEDED, SECTION_2, FAILED)))
        .isEqualTo(RunState.FAILED);
    assertThat(state(SECTION_2, Map.of())).isEqualTo(RunState.FAILED);
  }

  @Test
  void gaps_are_named_in_the_order_of_the_operations() {
    var gaps = new TreeMap<>(Map.of(8, "no picture", 3, "no tool"));
    var states = Map.of(META, SUCCEEDED, SECTION_1, SUCCEEDED);
    assertThat(RunEnding.of(0, states, gaps))
        .isEqualTo(new RunEnding(RunState.COMPLETED_WITH_GAPS, List.of("no tool", "no picture")));
    assertThat(RunEnding.of(0, Map.of(), gaps).state()).isEqualTo(RunState.FAILED);
  }

  private static RunState state(int only, Map<Integer, OperationState> states) {
    return RunEnding.of(only, states, new TreeMap<>()).state();
  }
}
