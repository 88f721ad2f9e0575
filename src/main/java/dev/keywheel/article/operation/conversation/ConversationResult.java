package dev.keywheel.article.operation.conversation;

import dev.keywheel.rotation.Attempt;
import dev.keywheel.rotation.CallResult;

/** How a conversation ended. */
public sealed interface ConversationResult<V> {

  /**
   * With a draft that can be used, perhaps not without errors; {@code attempt} is the one it mainly
   * came from.
   */
  record Given<V>(ParsedReply<V> draft, Attempt attempt) implements ConversationResult<V> {}

  /** With nothing that can be used. {@code why} is a sentence. */
  record Failed<V>(String code, String why) implements ConversationResult<V> {}

  /** It did not end: no key, cancelled, interrupted, or the run belongs to another worker. */
  record Stopped<V>(CallResult result) implements ConversationResult<V> {}
}
