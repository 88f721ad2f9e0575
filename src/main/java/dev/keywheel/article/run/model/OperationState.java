package dev.keywheel.article.run.model;

import java.util.Locale;

/** Where an operation of a run is. */
public enum OperationState {
  PENDING("Waiting"),
  READY("Ready"),
  RUNNING("Running"),
  WAITING_KEY("Waiting for a key"),
  REPAIRING("Repairing"),
  SUCCEEDED("Done"),
  DEGRADED("Done with a gap"),
  FAILED("Failed"),
  SKIPPED("Skipped"),
  CANCELLED("Cancelled");

  private final String label;

  OperationState(String label) {
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

  /** Whether it ended with something that the page can use. */
  public boolean delivered() {
    return this == SUCCEEDED || this == DEGRADED;
  }

  /** Whether it will not run again unless a person asks. */
  public boolean ended() {
    return switch (this) {
      case SUCCEEDED, DEGRADED, FAILED, SKIPPED, CANCELLED -> true;
      case PENDING, READY, RUNNING, WAITING_KEY, REPAIRING -> false;
    };
  }

  public static OperationState of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
