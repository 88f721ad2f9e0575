package dev.keywheel.article.operation.conversation;

import dev.keywheel.rotation.Halt;
import dev.keywheel.run.Attempt;

/**
 * The result of asking models on behalf of an operation.
 *
 * @param <T> an answer, or its parsed form
 */
public sealed interface ConversationResult<T> {

  /**
   * @param attempt the last attempt whose answer contributed to the value
   */
  record Usable<T>(T value, Attempt attempt) implements ConversationResult<T> {}

  /** The conversation ended without a usable value. */
  sealed interface Ended<T> extends ConversationResult<T> {
    default <U> Ended<U> as() {
      return switch (this) {
        case Failed<T>(var error, var detail) -> new Failed<>(error, detail);
        case Halted<T>(var halt) -> new Halted<>(halt);
      };
    }
  }

  /**
   * The operation ends.
   *
   * @param detail sentences that follow the error's own text
   */
  record Failed<T>(OperationError error, String detail) implements Ended<T> {}

  /** The run stops and may continue later. */
  record Halted<T>(Halt halt) implements Ended<T> {}
}
