package dev.keywheel.article.run;

import dev.keywheel.problem.Refused;
import java.math.BigDecimal;

/**
 * How much runs may do at once and in all; a group of settings.
 *
 * @param atOnce runs of one pool that work at the same time, 1 to 20; fewer when the pool has few
 *     active keys
 * @param waitHours how long a run waits for a key before it gives up, 1 to 720
 * @param cost the most a run may cost in US dollars; zero for no limit
 */
public record RunRule(int atOnce, int waitHours, BigDecimal cost) {
  public static final String SETTING = "run_rule";
  public static final RunRule DEFAULT = new RunRule(3, 24, BigDecimal.ZERO);

  /** Calls of a run, replacements of refused keys not counted. */
  static final int MAX_CALLS = 24;

  static final int WARN_CALLS = 20;
  static final long MAX_TOKENS = 80_000;
  static final int MAX_MINUTES = 15;

  /** Runs that may wait for their turn. */
  public static final int MAX_QUEUED = 50;

  /**
   * @throws Refused when a number is out of its range
   */
  public RunRule {
    if (atOnce < 1 || atOnce > 20) {
      throw new Refused("atOnce", "Runs at once: " + atOnce + " is not between 1 and 20.");
    }
    if (waitHours < 1 || waitHours > 720) {
      throw new Refused(
          "waitHours", "Hours to wait for a key: " + waitHours + " is not between 1 and 720.");
    }
    if (cost.signum() < 0) {
      throw new Refused("cost", "The cost limit cannot be negative.");
    }
  }

  /** Runs that may work at once with so many active keys: two keys for each at least. */
  int allowed(int activeKeys) {
    return Math.max(1, Math.min(atOnce, activeKeys / 2));
  }
}
