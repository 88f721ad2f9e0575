package dev.keywheel.article.run.model;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunState;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * How a run ends. Pure.
 *
 * @param gaps sentences for users
 */
public record RunEnding(RunState state, List<String> gaps) {

  /**
   * The end of a run whose operations have all ended. An article needs its title and one section; a
   * run for one part needs this part.
   *
   * @param only number of the only requested operation; 0 for all
   * @param gaps the gaps that operations left, by the number of the operation
   */
  public static RunEnding of(
      int only, Map<Integer, OperationState> states, SortedMap<Integer, String> gaps) {
    boolean usable =
        only == 0
            ? delivered(states, Operation.META.number())
                && (delivered(states, Operation.SECTION_1.number())
                    || delivered(states, Operation.SECTION_2.number()))
            : delivered(states, only);
    var state =
        !usable
            ? RunState.FAILED
            : gaps.isEmpty() ? RunState.COMPLETED : RunState.COMPLETED_WITH_GAPS;
    return new RunEnding(state, List.copyOf(gaps.values()));
  }

  private static boolean delivered(Map<Integer, OperationState> states, int operation) {
    return states.getOrDefault(operation, OperationState.PENDING).delivered();
  }
}
