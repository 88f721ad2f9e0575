package dev.keywheel.key.state;

import static dev.keywheel.key.state.KeyStateTest.FREE_DAY;
import static dev.keywheel.key.state.KeyStateTest.FRESH;
import static dev.keywheel.key.state.KeyStateTest.LATER;
import static dev.keywheel.key.state.KeyStateTest.MIDNIGHT;
import static dev.keywheel.key.state.KeyStateTest.MINUTE;
import static dev.keywheel.key.state.KeyStateTest.RATE;
import static dev.keywheel.key.state.KeyStateTest.RESET;
import static dev.keywheel.key.state.KeyStateTest.SOON;
import static dev.keywheel.key.state.KeyStateTest.T;
import static dev.keywheel.key.state.KeyStateTest.call;
import static dev.keywheel.key.state.KeyStateTest.unknown;
import static dev.keywheel.key.state.KeyStatus.ACTIVE;
import static dev.keywheel.key.state.KeyStatus.DISABLED;
import static dev.keywheel.key.state.KeyStatus.FAILED;
import static dev.keywheel.key.state.KeyStatus.RATE_LIMITED;
import static dev.keywheel.key.state.Observations.answer;
import static dev.keywheel.key.state.Observations.bare;
import static dev.keywheel.key.state.Observations.facts;
import static dev.keywheel.key.state.Observations.good;
import static dev.keywheel.key.state.Observations.limited;
import static dev.keywheel.key.state.Observations.metadata;
import static dev.keywheel.key.state.Observations.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.FailureKind.RequestErrorKind;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The status of a key after each observation. */
final class KeyTransitionsTest {
  private static final KeyState INVALID = FRESH.after(refused(T), T);
  private static final KeyState ESTIMATED_DAY =
      call(FRESH, limited(T, LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, null), T);

  /**
   * The columns are: state before, observation at {@link #LATER}, status afterwards (for text
   * models that are free), reason, until.
   */
  record Row(
      String name,
      KeyState from,
      Object seen,
      KeyStatus to,
      @Nullable KeyReason why,
      @Nullable Instant until) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Row> transitions() {
    Instant t = LATER;
    Duration hour = Duration.ofHours(1);
    return Stream.of(
        new Row("active, answer: active", FRESH, answer(t), ACTIVE, null, null),
        new Row(
            "active, 401 in a call: still active",
            FRESH,
            new CallOutcome.KeySuspect(false, metadata(t, "R2", 401)),
            ACTIVE,
            null,
            null),
        new Row(
            "active, malformed key: failed",
            FRESH,
            new CallOutcome.KeyMalformed(metadata(t, "R33", null)),
            FAILED,
            KeyReason.MALFORMED,
            null),
        new Row(
            "active, model error: still active",
            FRESH,
            new CallOutcome.ModelError(
                ModelErrorKind.UPSTREAM_LIMITED, null, metadata(t, "R17", 429)),
            ACTIVE,
            null,
            null),
        new Row(
            "active, request error: still active",
            FRESH,
            new CallOutcome.RequestError(RequestErrorKind.MODERATION, metadata(t, "R10", 403)),
            ACTIVE,
            null,
            null),
        new Row(
            "active, 5xx: still active",
            FRESH,
            new CallOutcome.Transient(TransientKind.SERVER, null, metadata(t, "R20", 502)),
            ACTIVE,
            null,
            null),
        new Row(
            "active, timed out: still active",
            FRESH,
            new CallOutcome.TimedOut(metadata(t, "R22", null)),
            ACTIVE,
            null,
            null),
        new Row(
            "active, unreachable: still active",
            FRESH,
            new CallOutcome.Unreachable(UnreachableKind.DNS, metadata(t, "R21", null)),
            ACTIVE,
            null,
            null),
        new Row(
            "active, address blocked: still active",
            FRESH,
            new CallOutcome.AddressBlocked(Duration.ofMinutes(1), metadata(t, "R19", 403)),
            ACTIVE,
            null,
            null),
        new Row(
            "active, too expensive but affordable: still active",
            FRESH,
            new CallOutcome.InsufficientCredit(2000, false, metadata(t, "R5", 402)),
            ACTIVE,
            null,
            null),
        new Row(
            "active, free day used up: limited until midnight",
            FRESH,
            limited(t, LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, null),
            RATE_LIMITED,
            KeyReason.FREE_DAILY,
            MIDNIGHT),
        new Row(
            "active, the provider's time is used without a cap",
            FRESH,
            limited(
                t, LimitScope.KEY, LimitClass.ALL, KeyReason.KEY_CAP, t.plus(Duration.ofDays(20))),
            RATE_LIMITED,
            KeyReason.KEY_CAP,
            t.plus(Duration.ofDays(20))),
        new Row(
            "active, a provider's time that has passed is due at once",
            FRESH,
            limited(t, LimitScope.KEY, LimitClass.ALL, KeyReason.RATE, T),
            RATE_LIMITED,
            KeyReason.RATE,
            t),
        new Row(
            "active, bare 429: limited for 60 s",
            FRESH,
            bare(t),
            RATE_LIMITED,
            KeyReason.RATE,
            t.plusSeconds(60)),
        new Row(
            "active, out of credit for all: checked hourly",
            FRESH,
            limited(t, LimitScope.ACCOUNT, LimitClass.ALL, KeyReason.CREDITS, null),
            RATE_LIMITED,
            KeyReason.CREDITS,
            t.plus(hour)),
        new Row(
            "active, out of credit for paid models: a note, still active",
            FRESH,
            limited(t, LimitScope.ACCOUNT, LimitClass.PAID, KeyReason.CREDITS, null),
            ACTIVE,
            null,
            null),
        new Row("active, check good: active", FRESH, good(t, facts()), ACTIVE, null, null),
        new Row(
            "active, check refused: failed", FRESH, refused(t), FAILED, KeyReason.INVALID, null),
        new Row(
            "active, management key: failed",
            FRESH,
            good(t, facts(null, null, false, true, null, null)),
            FAILED,
            KeyReason.MANAGEMENT_KEY,
            null),
        new Row(
            "active, expired: failed",
            FRESH,
            good(t, facts(null, null, false, false, t, null)),
            FAILED,
            KeyReason.EXPIRED,
            null),
        new Row(
            "active, cap spent by the check: limited",
            FRESH,
            good(t, facts(null, "0")),
            RATE_LIMITED,
            KeyReason.KEY_CAP,
            t.plus(hour)),
        new Row(
            "active, free day used up by the check: limited",
            FRESH,
            good(t, facts(0, null)),
            RATE_LIMITED,
            KeyReason.FREE_DAILY,
            MIDNIGHT),
        new Row(
            "limited for a minute, check reports no free requests left: until the minute is over",
            MINUTE,
            good(t, facts(0, null)),
            RATE_LIMITED,
            KeyReason.FREE_MINUTE,
            SOON),
        new Row("active, could not be tested: still active", FRESH, unknown(t), ACTIVE, null, null),
        new Row(
            "limited, could not be tested: still limited",
            RATE,
            unknown(t),
            RATE_LIMITED,
            KeyReason.RATE,
            T.plusSeconds(60)),
        new Row(
            "limited, check good: active before its time",
            RATE,
            good(t, facts()),
            ACTIVE,
            null,
            null),
        new Row(
            "limited for a day that the provider has named, check good: still limited",
            FREE_DAY,
            good(t, facts()),
            RATE_LIMITED,
            KeyReason.FREE_DAILY,
            RESET),
        new Row(
            "limited for a named day, check reports free requests left: active",
            FREE_DAY,
            good(t, facts(7, null)),
            ACTIVE,
            null,
            null),
        new Row(
            "limited for a day by our own estimate, check good: active",
            ESTIMATED_DAY,
            good(t, facts()),
            ACTIVE,
            null,
            null),
        new Row(
            "limited, check reports the day as used up: still limited until the named time",
            FREE_DAY,
            good(t, facts(0, null)),
            RATE_LIMITED,
            KeyReason.FREE_DAILY,
            RESET),
        new Row(
            "limited by our own estimate, check reports the day as used up: still limited",
            ESTIMATED_DAY,
            good(t, facts(0, null)),
            RATE_LIMITED,
            KeyReason.FREE_DAILY,
            MIDNIGHT),
        new Row("limited, answer of the class: active", FREE_DAY, answer(t), ACTIVE, null, null),
        new Row(
            "limited, check refused: failed", RATE, refused(t), FAILED, KeyReason.INVALID, null),
        new Row("failed, check good: active", INVALID, good(t, facts()), ACTIVE, null, null),
        new Row("failed, answer: active", INVALID, answer(t), ACTIVE, null, null),
        new Row(
            "failed, refused again: failed", INVALID, refused(t), FAILED, KeyReason.INVALID, null),
        new Row(
            "failed, could not be tested: failed",
            INVALID,
            unknown(t),
            FAILED,
            KeyReason.INVALID,
            null),
        new Row(
            "failed, check good but cap spent: limited",
            INVALID,
            good(t, facts(null, "-0.01")),
            RATE_LIMITED,
            KeyReason.KEY_CAP,
            t.plus(hour)),
        new Row(
            "disabled, check good: disabled",
            INVALID.enabled(false),
            good(t, facts()),
            DISABLED,
            null,
            null),
        new Row(
            "disabled, refused: disabled", FRESH.enabled(false), refused(t), DISABLED, null, null));
  }

  @ParameterizedTest
  @MethodSource("transitions")
  void each_observation_leads_to_its_status(Row row) {
    KeyState next = observe(row.from(), row.seen(), LATER);
    KeyState.ShownStatus shown = next.shown(ModelClass.FREE);
    assertThat(shown.status()).isEqualTo(row.to());
    assertThat(shown.reason()).isEqualTo(row.why());
    assertThat(shown.until()).isEqualTo(row.until());
  }

  private static KeyState observe(KeyState from, Object seen, Instant now) {
    return switch (seen) {
      case CallOutcome outcome -> from.after(outcome, ModelClass.FREE, now);
      case CheckOutcome verdict -> from.after(verdict, now);
      default -> throw new IllegalArgumentException(seen.toString());
    };
  }
}
