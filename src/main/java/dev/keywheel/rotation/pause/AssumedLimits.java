package dev.keywheel.rotation.pause;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.time.LruMap;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * Limits for all models only the first account that gets a 402 without a reason for a model: it is
 * probably out of credit. If further accounts get it within ten minutes, also for other requests,
 * the model or the request is probably the cause. Each node remembers this in memory.
 */
public final class AssumedLimits {
  static final Duration REMEMBERED = Duration.ofMinutes(10);

  private static final int MAX_MODELS = 1_000;

  private record PoolAndModel(PoolId pool, String model) {}

  private record First(String account, TimeWindow remembered) {}

  private final Map<PoolAndModel, First> firsts = new LruMap<>(MAX_MODELS);

  /**
   * Records a 402 without a reason. Returns whether another account was the first to get it for the
   * model.
   *
   * @param account the account, or the key if its account is not known
   */
  public synchronized boolean followsOtherAccount(
      PoolId pool, String model, String account, Instant now) {
    var first = firsts.get(new PoolAndModel(pool, model));
    if (first == null || !first.remembered().contains(now)) {
      firsts.put(
          new PoolAndModel(pool, model), new First(account, TimeWindow.from(now, REMEMBERED)));
      return false;
    }
    return !first.account().equals(account);
  }
}
