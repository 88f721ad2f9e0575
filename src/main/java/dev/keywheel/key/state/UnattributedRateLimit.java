package dev.keywheel.key.state;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A refusal "too many requests" that names no cause. One counts against its key for a short while.
 * A second one of another account, with no success between them and within {@link #IN_A_ROW}, says
 * that the cause is not the keys: both are left alone then. Keys of unknown accounts count as keys
 * of different accounts: leaving a good key alone is the safer mistake.
 */
public record UnattributedRateLimit(UUID keyId, @Nullable String account, Instant at) {
  static final Duration IN_A_ROW = Duration.ofSeconds(60);

  public boolean followedBy(UnattributedRateLimit next) {
    boolean otherAccount =
        !keyId.equals(next.keyId) && (account == null || !account.equals(next.account));
    return otherAccount && !next.at.isAfter(at.plus(IN_A_ROW));
  }
}
