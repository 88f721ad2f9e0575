package dev.keywheel.article.run.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.keywheel.db.Tx;
import dev.keywheel.problem.Rejected;
import dev.keywheel.settings.SettingsStore;
import java.util.UUID;

/**
 * The settings of runs, which each workspace can change.
 *
 * @param atOnce maximum number of runs of one pool that work at the same time, 1 to 20; fewer when
 *     the pool has few active keys
 * @param waitHours how long after its start a run still waits for a key, 1 to 720; the time in the
 *     queue does not count
 * @param retries maximum number of automatic retries of a run with failed operations, counted since
 *     a user last started or retried it, 0 to {@value #MAX_RETRIES}; each has a new budget of calls
 */
public record RunSettings(int atOnce, int waitHours, int retries) {
  public static final String SETTING = "run_rule";
  public static final RunSettings DEFAULT = new RunSettings(3, 24, 0);

  public static final int MAX_AT_ONCE = 20;
  public static final int MAX_WAIT_HOURS = 720;
  public static final int MAX_RETRIES = 5;

  /**
   * @throws Rejected when a number is out of its range
   */
  public RunSettings {
    Rejected.checkRange("runsAtOnce", "Concurrent runs", atOnce, 1, MAX_AT_ONCE);
    Rejected.checkRange("waitHours", "Hours to wait for a key", waitHours, 1, MAX_WAIT_HOURS);
    Rejected.checkRange("retries", "Automatic retries", retries, 0, MAX_RETRIES);
  }

  /** Always zero: nodes of the previous version cannot read settings without a cost limit. */
  @JsonProperty("cost")
  int noCostLimit() {
    return 0;
  }

  public static RunSettings of(SettingsStore settings, UUID workspace) {
    return settings.read(workspace, SETTING, RunSettings.class, DEFAULT);
  }

  public static RunSettings of(SettingsStore settings, Tx tx, UUID workspace) {
    return settings.read(tx, workspace, SETTING, RunSettings.class, DEFAULT);
  }

  /** Maximum number of concurrent runs: half the active keys, from 1 to {@code atOnce}. */
  public int allowed(int activeKeys) {
    return Math.max(1, Math.min(atOnce, activeKeys / 2));
  }
}
