package dev.keywheel.article.operation;

import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.SentAttempt;

/** How a conversation ended. */
public sealed interface Talked<V> {

  /**
   * With a draft that can be used, perhaps not without errors; {@code attempt} is the one it mainly
   * came from.
   */
  record Given<V>(Draft<V> draft, SentAttempt attempt) implements Talked<V> {}

  /** With nothing that can be used. {@code why} is a sentence. */
  record Failed<V>(String code, String why) implements Talked<V> {}

  /** It did not end: no key, cancelled, interrupted, or the run belongs to another worker. */
  record Stopped<V>(CallResult result) implements Talked<V> {}
}
