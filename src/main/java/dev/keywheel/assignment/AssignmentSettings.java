package dev.keywheel.assignment;

import dev.keywheel.problem.Rejected;
import dev.keywheel.settings.SettingsStore;
import java.util.UUID;

/**
 * Thresholds of the assignment.
 *
 * @param required number of keys a run gets if the pool has them, 1 to 100
 * @param minimum with fewer active keys, the limited and failed ones are tested first, 1 to {@code
 *     required}
 */
public record AssignmentSettings(int required, int minimum) {
  public static final String SETTING = "pool_rule";

  public static final AssignmentSettings DEFAULT = new AssignmentSettings(7, 5);

  public static final int MAX_KEYS = 100;

  /**
   * @throws Rejected when a number is out of range
   */
  public AssignmentSettings {
    Rejected.checkRange("required", "Keys a run needs", required, 1, MAX_KEYS);
    if (minimum < 1 || minimum > required) {
      throw new Rejected(
          "minimum",
          ("Minimum of active keys: %s is not between 1 and the number of keys a run needs"
                  + " (%s).")
              .formatted(minimum, required));
    }
  }

  public static AssignmentSettings of(SettingsStore settings, UUID workspace) {
    return settings.read(workspace, SETTING, AssignmentSettings.class, DEFAULT);
  }
}
