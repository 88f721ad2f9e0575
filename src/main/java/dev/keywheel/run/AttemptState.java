package dev.keywheel.run;

import dev.keywheel.db.StoredEnum;
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

/** The state of an attempt: the stored code and its text for users. Only {@code SENT} is open. */
public enum AttemptState implements StoredEnum {
  SENT("no answer yet"),
  OK("answered"),
  HTTP_ERROR("refused"),
  TIMEOUT("timed out"),
  /** Answered, but truncated at the token limit. */
  CUT("cut"),
  /** Answered, but unusable for its operation. */
  INVALID("not usable"),
  CANCELLED("cancelled"),
  /** Interrupted, or sent by a worker that then died: it may have been answered and billed. */
  UNKNOWN("outcome unknown, may be billed");

  private final String label;

  AttemptState(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  /**
   * @throws IllegalArgumentException for an unknown code
   */
  public static AttemptState of(String code) {
    return StoredEnum.of(AttemptState.class, code);
  }

  /**
   * @param aborted whether the call was interrupted before its end
   */
  public static AttemptState of(CallOutcome outcome, boolean aborted, boolean cancelled) {
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
