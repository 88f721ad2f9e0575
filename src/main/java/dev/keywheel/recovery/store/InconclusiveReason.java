package dev.keywheel.recovery.store;

import java.util.Optional;

/** The sentences for what says nothing of a key, without a full stop. */
public final class InconclusiveReason {
  /** Keywheel itself failed; the cause is in the process's own log. */
  public static final String INTERNAL = "internal";

  /** The key was disabled or deleted while it was tested, or its row cannot be opened. */
  public static final String TAKEN_OUT = "taken_out";

  /** This node stopped before the answer came. */
  public static final String STOPPED = "stopped";

  /** A deep test is under way, or Keywheel stopped in its middle. */
  public static final String SENT = "sent";

  /** A deep test met something that is the model's, not the key's. */
  public static final String MODEL = "model";

  /** A deep test's question was refused, whatever key it comes with. */
  public static final String REQUEST = "request";

  /** The upstream's edge blocks this address. */
  public static final String BLOCKED = "blocked";

  /** A deep test was refused with 401, and the key passes the key check. */
  public static final String REFUSED_THOUGH_GOOD = "refused_though_good";

  /** The provider refuses every key just now. */
  public static final String EVERY_KEY_REFUSED = "every_key_refused";

  private InconclusiveReason() {}

  /** Empty for a word that says something of a key. */
  public static Optional<String> sentence(String word) {
    return Optional.ofNullable(
        switch (word) {
          case "network" -> "No connection to the provider";
          case "cut" -> "The provider's answer broke off";
          case "timeout" -> "The provider did not answer in time";
          case "server" -> "The provider answered with an error of its own";
          case "html" -> "A web page came back instead of the provider's answer";
          case "slow_down" -> "The provider asks to slow down";
          case "refused_403" -> "The provider refused the question with 403";
          case "says_credits" -> "The provider only answered that the account is out of credit";
          case "says_in_flight" ->
              "The provider only answered that too much is under way for the credit left";
          case "says_key_cap" -> "The provider only answered that the key's limit is used up";
          case "says_budget" -> "The provider only answered that a budget over the key is used up";
          case "invalid_question" ->
              "The provider calls the question invalid, which says nothing of the key";
          case "not_found" -> "The provider does not know the question; is its address right?";
          case "of_a_model" ->
              "The provider answered as if a model had been asked, which says nothing of the key";
          case "too_big" -> "The provider's answer is larger than what is read";
          case "unexpected" -> "The provider's answer was not understood";
          case BLOCKED -> "The provider's edge refuses this address, whatever the key";
          case REQUEST -> "The provider refused the question itself, which says nothing of the key";
          case MODEL -> "The model gave no answer, which says nothing of the key";
          case REFUSED_THOUGH_GOOD -> "Refused, but the key passes the key check";
          case EVERY_KEY_REFUSED ->
              "The provider refuses every key, which says nothing of this one";
          case INTERNAL -> "Keywheel could not test it, see the server's log";
          case TAKEN_OUT -> "Disabled or deleted meanwhile, or it cannot be opened";
          case SENT -> "Sent; no answer was written down (yet)";
          case STOPPED -> "Keywheel stopped before the answer came";
          default -> null;
        });
  }
}
