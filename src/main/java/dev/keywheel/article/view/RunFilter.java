package dev.keywheel.article.view;

import dev.keywheel.run.RunState;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which runs a list shows, newest first.
 *
 * @param cursor the run that the rows come after, or before when {@code backwards}; null for the
 *     first rows
 */
public record RunFilter(Which which, @Nullable UUID cursor, boolean backwards) {

  /** A filter by state; {@code label} is shown on the page. */
  public enum Which implements ListedStates {
    ALL("All", List.of()),
    OPEN("In progress", RunState.open()),
    COMPLETED("Completed", List.of(RunState.COMPLETED)),
    GAPS("With gaps", List.of(RunState.COMPLETED_WITH_GAPS)),
    FAILED("Failed", List.of(RunState.FAILED)),
    CANCELLED("Cancelled", List.of(RunState.CANCELLED));

    private final String label;
    private final List<String> states;

    Which(String label, List<RunState> states) {
      this.label = label;
      this.states = states.stream().map(RunState::code).toList();
    }

    public String label() {
      return label;
    }

    /** The filter with this word; {@link #ALL} for null or an unknown word. */
    public static Which of(@Nullable String word) {
      return ListedStates.of(values(), word, ALL);
    }

    /** The stored codes of the states; empty for all states. */
    List<String> states() {
      return states;
    }
  }
}
