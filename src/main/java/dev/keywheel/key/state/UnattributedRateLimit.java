package dev.keywheel.key.state;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A 429 that names no cause. The first limits its key briefly. A second one with a key of another
 * account, within {@link #IN_A_ROW} and without a success between them, shows that the keys are not
 * the cause: neither is limited then, nor is any key that gets one after them. Keys of unknown
 * accounts count as different accounts.
 */
public record UnattributedRateLimit(UUID keyId, @Nullable String account, Instant at) {
  static final Duration IN_A_ROW = Duration.ofSeconds(60);

  private static final UUID NO_KEY = new UUID(0, 0);

  /** Marks a refusal found to concern no key: later ones concern none either. */
  public UnattributedRateLimit ofNoKey() {
    return new UnattributedRateLimit(NO_KEY, null, at);
  }

  public boolean followedBy(UnattributedRateLimit next) {
    boolean otherAccount =
        !keyId.equals(next.keyId) && (account == null || !account.equals(next.account));
    return otherAccount && !next.at.isAfter(at.plus(IN_A_ROW));
  }
}
