package dev.keywheel.recovery.store;

import java.util.Collection;

/**
 * The results of a batch, counted.
 *
 * @param tested tests that ended, whatever with; cancelled ones are not among them
 * @param recovered were limited or failed and are active now
 * @param stillActive were active and are so still
 * @param stillLimited are rate limited now
 * @param stillFailed are failed now
 * @param unknown could not be tested
 */
public record BatchCounts(
    int total,
    int tested,
    int recovered,
    int stillActive,
    int stillLimited,
    int stillFailed,
    int unknown,
    int cancelled) {

  public static BatchCounts of(Collection<KeyTestResult> results) {
    int recovered = 0;
    int active = 0;
    int limited = 0;
    int failed = 0;
    int unknown = 0;
    int cancelled = 0;
    for (var result : results) {
      if (result.outcome() == null) {
        continue;
      }
      switch (result.outcome()) {
        case ACTIVE -> {
          if (result.recovered()) {
            recovered++;
          } else {
            active++;
          }
        }
        case RATE_LIMITED -> limited++;
        case FAILED -> failed++;
        case UNKNOWN -> unknown++;
        case CANCELLED -> cancelled++;
      }
    }
    int tested = recovered + active + limited + failed + unknown;
    return new BatchCounts(
        results.size(), tested, recovered, active, limited, failed, unknown, cancelled);
  }
}
