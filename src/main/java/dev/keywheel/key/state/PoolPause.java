package dev.keywheel.key.state;

import java.time.Instant;

/** A pause of a pool whose cause is not a single key. The pool is not used before {@code until}. */
public record PoolPause(Instant until, String reason) {

  /** The reason as a sentence with a capital letter and a full stop. */
  public String sentence() {
    var first = reason.codePointAt(0);
    var sentence =
        Character.toString(Character.toUpperCase(first))
            + reason.substring(Character.charCount(first));
    return sentence.endsWith(".") ? sentence : sentence + ".";
  }
}
