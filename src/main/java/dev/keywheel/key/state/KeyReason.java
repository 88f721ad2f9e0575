package dev.keywheel.key.state;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The words that say why a key has its status, and their sentences. */
public final class KeyReason {
  public static final String INVALID = "invalid";
  public static final String MANAGEMENT_KEY = "management_key";
  public static final String EXPIRED = "expired";
  public static final String MALFORMED = "malformed";
  public static final String KEY_CAP = "key_cap";
  public static final String CREDITS = "credits";
  public static final String LOW_CREDIT = "low_credit";
  public static final String BUDGET = "budget";
  public static final String FREE_DAILY = "free_daily";
  public static final String FREE_MINUTE = "free_minute";
  public static final String RATE = "rate";
  public static final String IN_FLIGHT = "in_flight";

  /** Why a key is usable again, and not what kept it from that. */
  public static final String CHECK_PASSED = "check_passed";

  public static final String ANSWERED = "answered";
  public static final String NOT_ITS_OWN = "not_its_own";
  public static final String SWITCHED = "switched";

  private static final Map<String, String> RETURNS =
      Map.of(
          CHECK_PASSED,
          "The key check succeeded",
          ANSWERED,
          "A call with it was answered",
          NOT_ITS_OWN,
          "Another key met the same answer: the limit was the provider's, not this key's",
          SWITCHED,
          "A person switched it");

  private static final Map<String, String> SENTENCES =
      Map.ofEntries(
          Map.entry(
              INVALID,
              "The provider refuses this key (401), as a deleted, disabled or mistyped one: replace it"),
          Map.entry(MANAGEMENT_KEY, "A management key cannot call models: use an ordinary key"),
          Map.entry(EXPIRED, "The key has expired at the provider: replace it"),
          Map.entry(MALFORMED, "The key has characters that no key can have: replace it"),
          Map.entry(KEY_CAP, "The key's own spending cap is used up"),
          Map.entry(CREDITS, "The account is out of credit"),
          Map.entry(LOW_CREDIT, "The account's credit is too low for a usual request"),
          Map.entry(BUDGET, "A budget over this key is used up"),
          Map.entry(FREE_DAILY, "The account's free requests of this day are used up"),
          Map.entry(FREE_MINUTE, "Too many free requests in this minute"),
          Map.entry(RATE, "Too many requests"),
          Map.entry(IN_FLIGHT, "Too many requests at the same time for the credit left"));

  private KeyReason() {}

  /**
   * The sentence for the page, without a full stop. A word that is new to this version is shown as
   * it is.
   */
  public static String sentence(String word) {
    return SENTENCES.getOrDefault(word, RETURNS.getOrDefault(word, word.replace('_', ' ')));
  }

  /** The words whose sentence, or which themselves, contain the text; for the search. */
  public static List<String> matching(String text) {
    String wanted = text.toLowerCase(Locale.ROOT);
    return SENTENCES.entrySet().stream()
        .filter(
            entry ->
                entry.getKey().contains(wanted)
                    || entry.getValue().toLowerCase(Locale.ROOT).contains(wanted))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }
}
