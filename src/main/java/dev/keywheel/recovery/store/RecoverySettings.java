package dev.keywheel.recovery.store;

import dev.keywheel.problem.Rejected;
import dev.keywheel.settings.SettingsStore;
import java.time.Duration;
import java.util.UUID;

/**
 * The settings of batch tests, stored under the name {@link #NAME}.
 *
 * @param atOnce keys tested at the same time, 1 to {@value #MAX_AT_ONCE}
 * @param deadlineSeconds time limit of one check in seconds, 1 to {@value #LONGEST_DEADLINE}
 */
public record RecoverySettings(int atOnce, int deadlineSeconds) {
  public static final String NAME = "recovery";
  public static final int MAX_AT_ONCE = 10_000;
  public static final int LONGEST_DEADLINE = 120;

  /** 1,000 keys at once, far more than most pools have, and 10 seconds for each check. */
  public static final RecoverySettings DEFAULT = new RecoverySettings(1_000, 10);

  /**
   * @throws Rejected with the field and the allowed values
   */
  public RecoverySettings {
    Rejected.checkRange("atOnce", "Concurrent key tests", atOnce, 1, MAX_AT_ONCE);
    Rejected.checkRange(
        "deadlineSeconds", "Timeout in seconds", deadlineSeconds, 1, LONGEST_DEADLINE);
  }

  public Duration deadline() {
    return Duration.ofSeconds(deadlineSeconds);
  }

  /** The settings of the workspace; {@link #DEFAULT} if none are stored. */
  public static RecoverySettings of(SettingsStore settings, UUID workspace) {
    return settings.read(workspace, NAME, RecoverySettings.class, DEFAULT);
  }
}
