package dev.keywheel.recovery.store;

import dev.keywheel.key.state.KeyStatus;
import java.util.Collection;

/**
 * The numbers of keys and results of a batch.
 *
 * @param total number of keys, including keys that were purged later with their results
 * @param tested number of finished tests, without cancelled tests
 * @param recovered limited or failed before, active now
 * @param stillActive active before and now
 * @param stillLimited rate limited now, whatever their status before
 * @param stillFailed failed now, whatever their status before
 * @param newlyLimited rate limited now and not rate limited before
 * @param newlyFailed failed now and not failed before
 * @param unknown inconclusive
 * @param cancelled not tested, because the batch was cancelled or the key was disabled or deleted
 */
public record BatchCounts(
    int total,
    int tested,
    int recovered,
    int stillActive,
    int stillLimited,
    int stillFailed,
    int unknown,
    int cancelled,
    int newlyLimited,
    int newlyFailed) {

  /** Number of keys that were rate limited before and still are. */
  public int limitedBeforeAndNow() {
    return stillLimited - newlyLimited;
  }

  /** Number of keys that were failed before and still are. */
  public int failedBeforeAndNow() {
    return stillFailed - newlyFailed;
  }

  public static BatchCounts of(Collection<KeyTestResult> results) {
    int recovered = 0;
    int active = 0;
    int limited = 0;
    int failed = 0;
    int unknown = 0;
    int cancelled = 0;
    int newlyLimited = 0;
    int newlyFailed = 0;
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
        case RATE_LIMITED -> {
          limited++;
          newlyLimited += result.from() == KeyStatus.RATE_LIMITED ? 0 : 1;
        }
        case FAILED -> {
          failed++;
          newlyFailed += result.from() == KeyStatus.FAILED ? 0 : 1;
        }
        case UNKNOWN -> unknown++;
        case CANCELLED -> cancelled++;
      }
    }
    int tested = recovered + active + limited + failed + unknown;
    return new BatchCounts(
        results.size(),
        tested,
        recovered,
        active,
        limited,
        failed,
        unknown,
        cancelled,
        newlyLimited,
        newlyFailed);
  }
}
