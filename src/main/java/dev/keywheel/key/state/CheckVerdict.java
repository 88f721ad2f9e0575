package dev.keywheel.key.state;

import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a test of a key concluded, after whatever repetition it took. */
public sealed interface CheckVerdict {

  Evidence evidence();

  /** Of the last check, in milliseconds. */
  int latencyMs();

  /** The key authenticates; the facts say whether it may be used. */
  record Good(KeyInfo facts, Evidence evidence, int latencyMs) implements CheckVerdict {}

  /** Refused with 401: twice, unless the key was failed before. */
  record Unauthorized(Evidence evidence, int latencyMs) implements CheckVerdict {}

  /** The key has characters that no key can have; nothing was sent. */
  record Malformed(Evidence evidence, int latencyMs) implements CheckVerdict {}

  /**
   * Could not be tested: the key keeps the state it has.
   *
   * @param kind the provider's word for it, for instance {@code timeout}
   */
  record Unknown(String kind, @Nullable Duration retryAfter, Evidence evidence, int latencyMs)
      implements CheckVerdict {}
}
