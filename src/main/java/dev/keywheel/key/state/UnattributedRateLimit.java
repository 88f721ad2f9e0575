package dev.keywheel.key.state;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A 429 that names no cause. The first limits its key briefly. A second one with a key of another
 * account, within {@link #IN_A_ROW} and without a success between them, shows that the keys are not
 * the cause: neither is limited then. Keys of unknown accounts count as different accounts.
 */
public record UnattributedRateLimit(UUID keyId, @Nullable String account, Instant at) {
  static final Duration IN_A_ROW = Duration.ofSeconds(60);

  public boolean followedBy(UnattributedRateLimit next) {
    boolean otherAccount =
        !keyId.equals(next.keyId) && (account == null || !account.equals(next.account));
    return otherAccount && !next.at.isAfter(at.plus(IN_A_ROW));
  }
}
