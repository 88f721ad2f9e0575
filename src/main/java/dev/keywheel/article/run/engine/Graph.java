package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.run.OperationState;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decides which operations may start and which are repeated by a retry. Pure.
 *
 * <p>Operations 2 → 3 → 4 make the tool, its review and the guide, and 5 → 6 the sections; 7 and 8
 * are independent; all depend on 1. An operation's position in the plan of keys is its number, in
 * whatever order operations start.
 */
final class Graph {
  private Graph() {}

  /** Operations whose predecessors have ended, in the order in which they are to start. */
  static List<Operation> startable(Map<Integer, OperationState> states, boolean coherent) {
    return Operation.all().stream()
        .filter(s -> isWaiting(state(states, s)))
        .filter(
            s ->
                s.needs(coherent).stream()
                    .allMatch(n -> states.getOrDefault(n, OperationState.PENDING).ended()))
        .sorted(Comparator.comparingInt(Operation::rank))
        .toList();
  }

  private static boolean isWaiting(OperationState state) {
    return state == OperationState.PENDING
        || state == OperationState.READY
        || state == OperationState.WAITING_KEY;
  }

  /**
   * The given operations and those that use their results: all use the plan, the review uses the
   * tool, and the guide uses the review. Section 2 is not repeated with section 1.
   */
  static Set<Integer> withDependents(Set<Integer> again) {
    var all = new TreeSet<>(again);
    if (all.contains(1)) {
      return new TreeSet<>(Operation.all().stream().map(Operation::number).toList());
    }
    if (all.contains(2)) {
      all.add(3);
    }
    if (all.contains(3)) {
      all.add(4);
    }
    return all;
  }

  private static OperationState state(Map<Integer, OperationState> states, Operation operation) {
    return states.getOrDefault(operation.number(), OperationState.PENDING);
  }
}
