package dev.keywheel.key.state;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.provider.limit.InconclusiveReason;

/** Why a pool is paused. It decides what may end the pause before its planned end. */
public enum PauseCause implements StoredEnum {
  /** Calls or checks fail: requests are tried, and keys are checked while no requests arrive. */
  PROVIDER_FAILS,

  /** The provider refuses every key: keys are checked after growing waits. */
  KEYS_REFUSED,

  /** The provider blocks the address of a node: keys are checked after growing waits. */
  ADDRESS_BLOCKED,

  /** Nothing is tried, for example because the provider asks to wait. */
  OTHER;

  /** The cause of a pause after checks of several accounts were inconclusive for this reason. */
  public static PauseCause of(InconclusiveReason reason) {
    return switch (reason) {
      case BLOCKED -> ADDRESS_BLOCKED;
      case SLOW_DOWN, INTERNAL -> OTHER;
      default -> PROVIDER_FAILS;
    };
  }

  /** Whether a node may try requests or checks during the pause. */
  public boolean mayEndEarly() {
    return this != OTHER;
  }
}
