package dev.keywheel.key.state;

import java.time.Instant;

/** A pool that is not used until then, because of something that says nothing about any key. */
public record PoolPause(Instant until, String reason) {

  /** The reason as a sentence of its own; in the log it follows a colon. */
  public String sentence() {
    var first = reason.codePointAt(0);
    var sentence =
        Character.toString(Character.toUpperCase(first))
            + reason.substring(Character.charCount(first));
    return sentence.endsWith(".") ? sentence : sentence + ".";
  }
}
