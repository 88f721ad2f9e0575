package dev.keywheel.run;

import dev.keywheel.db.StoredEnum;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

public enum OperationState implements StoredEnum {
  PENDING("Waiting"),
  READY("Ready"),
  RUNNING("Running"),
  WAITING_KEY("Waiting for a key"),
  SUCCEEDED("Done"),
  DEGRADED("Done with a gap"),
  FAILED("Failed"),
  SKIPPED("Skipped"),
  CANCELLED("Cancelled");

  private final String label;

  OperationState(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  /** Whether the operation ended with a usable result. */
  public boolean delivered() {
    return this == SUCCEEDED || this == DEGRADED;
  }

  /** Whether the operation has ended: it runs again only in a retry of its run. */
  public boolean ended() {
    return switch (this) {
      case SUCCEEDED, DEGRADED, FAILED, SKIPPED, CANCELLED -> true;
      case PENDING, READY, RUNNING, WAITING_KEY -> false;
    };
  }

  /** Stored codes of the states in which an operation has not ended. */
  static List<String> openCodes() {
    return codes(state -> !state.ended());
  }

  static List<String> deliveredCodes() {
    return codes(OperationState::delivered);
  }

  private static List<String> codes(Predicate<OperationState> which) {
    return Arrays.stream(values()).filter(which).map(OperationState::code).toList();
  }

  public static OperationState of(String code) {
    return StoredEnum.of(OperationState.class, code);
  }
}
