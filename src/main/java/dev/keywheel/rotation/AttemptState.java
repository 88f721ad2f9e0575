package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyMalformed;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import java.util.Locale;

/** Where an attempt stands; the word is what the table says. Only {@code SENT} is open. */
public enum AttemptState {
  SENT,
  OK,
  HTTP_ERROR,
  TIMEOUT,
  /** Answered, and stopped at the token limit. */
  CUT,
  /** Answered, and of no use to its operation. */
  INVALID,
  CANCELLED,
  /** Sent by a worker that then ended: it may have been answered, and billed. */
  UNKNOWN;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException when it is none of the words
   */
  public static AttemptState of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  /** What an ended call leaves. {@code aborted}: given up by us before its end. */
  static AttemptState of(CallOutcome outcome, boolean aborted, boolean cancelled) {
    if (aborted) {
      return cancelled ? CANCELLED : UNKNOWN;
    }
    return switch (outcome) {
      case Answer answer -> answer.cut() ? CUT : OK;
      case TimedOut _ -> TIMEOUT;
      case KeyLimited _, KeySuspect _, KeyMalformed _, InsufficientCredit _, ModelError _ ->
          HTTP_ERROR;
      case RequestError _, Transient _, Unreachable _, AddressBlocked _ -> HTTP_ERROR;
    };
  }
}
