package dev.keywheel.provider;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.keywheel.provider.limit.ResetTime;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What the provider reports about a key. Every field is optional on the wire; money is in US
 * dollars.
 *
 * @param label the provider's masked name of the key
 * @param account id that limits apply to: the organisation, otherwise the key's creator
 * @param limit the key's own cap; null means none
 * @param limitRemaining amount left of the cap; if a budget that includes the key is used up, the
 *     amount left of that budget
 * @param limitReset {@code daily}, {@code weekly}, {@code monthly}; null when the cap never resets,
 *     or when a budget that includes the key is used up
 * @param limitResetsAt when the used-up budget resets; null if the provider does not report it
 * @param usage total amount that this key has spent
 * @param freeTier whether the account never bought credit
 * @param managementKey whether the key only manages other keys and cannot call a model
 * @param freeDailyLimit maximum number of the account's free-model requests per day
 * @param freeDailyRemaining number of these requests left; may be a minute old
 */
@JsonInclude(JsonInclude.Include.NON_NULL) // saves space: stored with every check of a key
public record KeyInfo(
    @Nullable String label,
    @Nullable String account,
    @Nullable BigDecimal limit,
    @Nullable BigDecimal limitRemaining,
    @Nullable String limitReset,
    @Nullable Instant limitResetsAt,
    @Nullable BigDecimal usage,
    boolean freeTier,
    boolean managementKey,
    @Nullable Instant expiresAt,
    @Nullable Integer freeDailyLimit,
    @Nullable Integer freeDailyRemaining) {

  /** Whether the key's cap, or a budget that includes the key, is used up. */
  public boolean spent() {
    return limitRemaining != null && limitRemaining.signum() <= 0;
  }

  public boolean expired(Instant now) {
    return expiresAt != null && !expiresAt.isAfter(now);
  }

  /** Whether the account's free-model requests of this UTC day are used up. */
  public boolean freeDayUsedUp() {
    return freeDailyRemaining != null && freeDailyRemaining <= 0;
  }

  /**
   * The facts that decide whether the key may be used, for instance {@code the provider knows the
   * key, but its cap is used up; cap $10, left $0}.
   */
  public String summary(Instant now) {
    var facts = new StringJoiner("; ");
    facts.add(verdict(now));
    if (limit != null || limitRemaining != null) {
      facts.add("cap " + dollars(limit) + ", " + left());
    }
    if (freeDailyRemaining != null) {
      facts.add(
          "free requests left today: "
              + freeDailyRemaining
              + (freeDailyLimit == null ? "" : " of " + freeDailyLimit));
    }
    if (expiresAt != null) {
      facts.add("expires " + expiresAt);
    }
    return facts.toString();
  }

  private String verdict(Instant now) {
    if (managementKey) {
      return "a management key";
    }
    if (expired(now)) {
      return "the provider knows the key, but it has expired";
    }
    if (spent()) {
      return "the provider knows the key, but its cap is used up";
    }
    return freeDayUsedUp()
        ? "the provider knows the key, but its account has no free requests left today"
        : "the provider accepts the key";
  }

  private String left() {
    return limitRemaining != null && limitRemaining.signum() < 0
        ? "over the cap by " + dollars(limitRemaining.negate())
        : "left " + dollars(limitRemaining);
  }

  /** Formats an amount, for instance {@code $5}, {@code $0.20} or {@code $0.0125}. */
  private static String dollars(@Nullable BigDecimal amount) {
    if (amount == null) {
      return "unknown";
    }
    BigDecimal digits = amount.stripTrailingZeros();
    return "$" + (digits.scale() == 1 ? digits.setScale(2) : digits).toPlainString();
  }

  /** When a spent cap resets; empty if it never resets or its period is unknown. */
  public Optional<Instant> limitOpensAt(Instant now) {
    if (limitResetsAt != null) {
      return Optional.of(limitResetsAt);
    }
    return limitReset == null ? Optional.empty() : ResetTime.nextPeriod(limitReset, now);
  }
}
