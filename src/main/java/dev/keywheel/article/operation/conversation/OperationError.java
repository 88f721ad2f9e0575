package dev.keywheel.article.operation.conversation;

import dev.keywheel.db.StoredEnum;
import java.util.Arrays;

/** Why an operation ended without a complete result: the stored code and its text for users. */
public enum OperationError implements StoredEnum {
  /** Part of the content is missing or faulty. */
  GAP(""),
  NO_PLAN("Skipped because the plan failed.", Trait.NAMED_BEFORE),
  NO_TOOL("", Trait.NAMED_BEFORE),
  TOOL_REJECTED("", Trait.NEEDS_PERSON),
  LOCAL_COVER("Using a built-in cover."),
  NOT_REVIEWED("The tool passed the code checks but was not reviewed by a model."),
  ERRORS_LEFT(""),
  UNKNOWN_OUTCOME("", Trait.NEEDS_PERSON),
  BROKEN("Keywheel itself failed; the server log has the reason."),
  RUN_BUDGET("", Trait.NEEDS_PERSON),
  CALL_BUDGET("It had " + CallBudget.MAX_CALLS + " calls and none gave a usable answer."),
  CALL_LIMIT(""),
  DEADLINE("Its time limit was reached."),
  MODEL(""),
  BUSY(""),
  INVALID(""),
  NO_KEY(""),
  CANCELLED("The run was cancelled."),
  MODERATION("Two models refused the topic for its content.", Trait.NEEDS_PERSON),
  /** A stored code that this version does not know. */
  UNKNOWN("");

  private enum Trait {
    NAMED_BEFORE,
    NEEDS_PERSON
  }

  private final String text;
  private final Trait[] traits;

  OperationError(String text, Trait... traits) {
    this.text = text;
    this.traits = traits;
  }

  public static OperationError of(String code) {
    return StoredEnum.find(OperationError.class, code).orElse(UNKNOWN);
  }

  public String text() {
    return text;
  }

  /** The text of the error, followed by the detail of this case. */
  public String text(String detail) {
    return text.isEmpty() || detail.isEmpty() ? text + detail : text + " " + detail;
  }

  /** Whether an earlier operation has already reported the gap. */
  public boolean reportedBefore() {
    return Arrays.asList(traits).contains(Trait.NAMED_BEFORE);
  }

  /** Whether a user must decide about a retry: an automatic one is useless or not allowed. */
  public boolean needsPerson() {
    return Arrays.asList(traits).contains(Trait.NEEDS_PERSON);
  }
}
