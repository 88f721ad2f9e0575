package dev.keywheel.run;

import dev.keywheel.db.StoredEnum;
import java.util.Arrays;
import java.util.List;

public enum RunState implements StoredEnum {
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

  public String label() {
    return label;
  }

  public boolean ended() {
    return switch (this) {
      case COMPLETED, COMPLETED_WITH_GAPS, FAILED, CANCELLED -> true;
      case QUEUED, PLANNING, RUNNING, WAITING_KEYS, CANCELLING -> false;
    };
  }

  /** States of runs that have not ended. */
  public static List<RunState> open() {
    return Arrays.stream(values()).filter(state -> !state.ended()).toList();
  }

  /** Stored codes of the states of runs that have not ended. */
  public static List<String> openCodes() {
    return open().stream().map(RunState::code).toList();
  }

  public static RunState of(String code) {
    return StoredEnum.of(RunState.class, code);
  }
}
