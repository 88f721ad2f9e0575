package dev.keywheel.key.state;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A 429 that names no cause. The first one limits its key briefly. A second one with a key of
 * another account, within {@link #IN_A_ROW} and without a success in between, shows that the keys
 * are not the cause. Then the limit of the first key is removed, and further 429s in the row limit
 * no key. Keys of unknown accounts count as different accounts.
 */
public record UnattributedRateLimit(UUID keyId, @Nullable String account, Instant at) {
  static final Duration IN_A_ROW = Duration.ofSeconds(60);

  private static final UUID NO_KEY = new UUID(0, 0);

  /** A copy without a key, so that later 429s in the row limit no key either. */
  public UnattributedRateLimit ofNoKey() {
    return new UnattributedRateLimit(NO_KEY, null, at);
  }

  public boolean followedBy(UnattributedRateLimit next) {
    boolean otherAccount =
        !keyId.equals(next.keyId) && (account == null || !account.equals(next.account));
    return otherAccount && !next.at.isAfter(at.plus(IN_A_ROW));
  }
}
