package dev.keywheel.key.state;

import java.time.Instant;

/** A pause of a pool whose cause is not a single key. The pool is not used before {@code until}. */
public record PoolPause(Instant until, String reason, PauseCause cause) {

  public static PoolPause ofBlockedAddress(Instant until) {
    String reason =
        "The provider blocks this server's address for every key. No key is marked because of it.";
    return new PoolPause(until, reason, PauseCause.ADDRESS_BLOCKED);
  }

  /** The reason as a sentence with a capital letter and a full stop. */
  public String sentence() {
    var first = reason.codePointAt(0);
    var sentence =
        Character.toString(Character.toUpperCase(first))
            + reason.substring(Character.charCount(first));
    return sentence.endsWith(".") ? sentence : sentence + ".";
  }
}
