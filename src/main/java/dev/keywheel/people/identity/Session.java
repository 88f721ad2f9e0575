package dev.keywheel.people.identity;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An open session.
 *
 * @param id the hash of the id that the browser holds: names the session without opening it
 * @param confirmedAt when the password was last given in this session
 */
public record Session(
    SessionId id,
    Principal person,
    Instant createdAt,
    Instant lastActiveAt,
    Instant expiresAt,
    @Nullable Instant confirmedAt,
    String address,
    String agent) {

  /** How long a given password is good for actions that ask for it again. */
  public static final Duration CONFIRMED_FOR = Duration.ofMinutes(10);

  /** Whether the password was given within {@link #CONFIRMED_FOR}. */
  public boolean confirmed(Instant now) {
    return confirmedAt != null && confirmedAt.plus(CONFIRMED_FOR).isAfter(now);
  }
}
