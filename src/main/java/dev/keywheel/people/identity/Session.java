package dev.keywheel.people.identity;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An open session.
 *
 * @param id hash of the secret id: identifies the session, but does not authenticate
 * @param confirmedAt when the password, a code or a passkey was last verified; null if never
 * @param timeZone the zone that the user has chosen; null for that of the browser
 */
public record Session(
    SessionId id,
    Principal person,
    Instant createdAt,
    Instant lastActiveAt,
    @Nullable Instant confirmedAt,
    String address,
    String agent,
    @Nullable String timeZone,
    FactorsHeld factors) {

  /** How long a confirmation is valid for sensitive actions. */
  public static final Duration CONFIRMED_FOR = Duration.ofMinutes(10);

  /**
   * Whether the user confirmed less than {@link #CONFIRMED_FOR} ago. A time in the future, from
   * before the clock was set back, counts if it is less than that ahead.
   */
  public boolean confirmed(Instant now) {
    return confirmedAt != null
        && Duration.between(confirmedAt, now).abs().compareTo(CONFIRMED_FOR) < 0;
  }
}
