package dev.keywheel.article.run.model;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Where a run is. */
public enum RunState {
  QUEUED("Queued"),
  PLANNING("Running"),
  RUNNING("Running"),
  WAITING_KEYS("Waiting for keys"),
  CANCELLING("Running"),
  COMPLETED("Completed"),
  COMPLETED_WITH_GAPS("Completed with gaps"),
  FAILED("Failed"),
  CANCELLED("Cancelled");

  private final String label;

  RunState(String label) {
    this.label = label;
  }

  /** The word in the database. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The words on the screen. */
  public String label() {
    return label;
  }

  /** Whether nothing more will happen by itself. */
  public boolean ended() {
    return switch (this) {
      case COMPLETED, COMPLETED_WITH_GAPS, FAILED, CANCELLED -> true;
      case QUEUED, PLANNING, RUNNING, WAITING_KEYS, CANCELLING -> false;
    };
  }

  /** Those of a run that is not over yet. */
  public static List<RunState> open() {
    return Arrays.stream(values()).filter(state -> !state.ended()).toList();
  }

  /** The same, as words in the database. */
  public static List<String> openWords() {
    return open().stream().map(RunState::word).toList();
  }

  public static RunState of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
