package dev.keywheel.provider.limit;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.keywheel.db.StoredEnum;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Why a key has its status. */
public enum KeyReason implements TestReason {
  INVALID("Rejected (401): deleted, disabled or mistyped. Replace it"),
  MANAGEMENT_KEY("A management key cannot call models. Use an ordinary key"),
  EXPIRED("The key has expired at the provider. Replace it"),
  MALFORMED("The key contains invalid characters. Replace it"),
  KEY_CAP("The key's own spending cap is used up", "the key's own spending limit"),
  CREDITS("The account is out of credit", "out of credit"),
  LOW_CREDIT("The account's credit is too low for a normal request", "credit too low"),
  BUDGET("A budget that includes this key is used up", "budget at the provider"),
  FREE_DAILY("Today's free requests are used up", "daily free limit"),
  FREE_MINUTE("Too many free requests in this minute", "free limit per minute"),
  /** A 429 that names no cause. */
  RATE("Too many requests", "rate limit"),
  IN_FLIGHT(
      "Too many requests at the same time for the credit left",
      "too many calls in flight for the account"),

  // Reasons for keys that are neither limited nor failed.
  CHECK_PASSED("The key check succeeded"),
  ANSWERED("A call succeeded"),
  NOT_ITS_OWN("Another key got the same answer: the provider's limit, not this key's"),
  SWITCHED("Changed by a user");

  private final String sentence;
  private final String phrase;

  KeyReason(String sentence) {
    this(sentence, sentence);
  }

  KeyReason(String sentence, String phrase) {
    this.sentence = sentence;
    this.phrase = phrase;
  }

  /**
   * @throws IllegalArgumentException for an unknown code
   */
  @JsonCreator
  public static KeyReason of(String code) {
    return StoredEnum.of(KeyReason.class, code);
  }

  @Override
  @JsonValue
  public String code() {
    return TestReason.super.code();
  }

  @Override
  public String sentence() {
    return sentence;
  }

  /** A few words that fit within a sentence: {@code daily free limit}. */
  public String phrase() {
    return phrase;
  }

  /** Whether a key with this reason is limited or failed. */
  private boolean isForUnusableKey() {
    return compareTo(CHECK_PASSED) < 0;
  }

  /** Reasons for a limited or failed key whose code or sentence contains the text, in any case. */
  public static List<KeyReason> matching(String text) {
    String wanted = text.toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(KeyReason::isForUnusableKey)
        .filter(
            reason ->
                reason.code().contains(wanted)
                    || reason.sentence.toLowerCase(Locale.ROOT).contains(wanted))
        .toList();
  }
}
