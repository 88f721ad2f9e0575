package dev.keywheel.key.state;

import org.jspecify.annotations.Nullable;

/**
 * How a pool assigns its keys to requests of the gateway.
 *
 * @param byAccount whether the requests of a conversation go to the keys of one account
 * @param callsPerKey the maximum number of calls in flight of one key; 0 for no limit
 * @param pause null when the pool is not paused
 */
public record PoolSeating(boolean byAccount, int callsPerKey, @Nullable PoolPause pause) {
  public static final int MAX_CALLS_PER_KEY = 1_000;

  /** Any active key may serve any request. */
  public static final PoolSeating UNRESTRICTED = new PoolSeating(false, 0, null);

  /** Whether the pool is paused because the provider refused one key after another. */
  public boolean keysRefused() {
    return pause != null && pause.cause() == PauseCause.KEYS_REFUSED;
  }
}
