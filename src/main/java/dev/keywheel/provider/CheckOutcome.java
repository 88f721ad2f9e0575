package dev.keywheel.provider;

import dev.keywheel.provider.limit.InconclusiveReason;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

public sealed interface CheckOutcome {

  Evidence evidence();

  int latencyMs();

  /** The key authenticates; {@link KeyInfo} says whether it may be used. */
  record Accepted(KeyInfo facts, Evidence evidence, int latencyMs) implements CheckOutcome {}

  /** A 401. Working keys occasionally get one, so the check is repeated before this counts. */
  record Unauthorized(Evidence evidence, int latencyMs) implements CheckOutcome {}

  /** The key is empty, too long, or has characters that no key has; nothing was sent. */
  record Malformed(Evidence evidence, int latencyMs) implements CheckOutcome {}

  /**
   * The check says nothing about the key, which keeps its status.
   *
   * @param retryAfter set when the upstream, or its edge, asks for a pause
   */
  record Inconclusive(
      InconclusiveReason reason, @Nullable Duration retryAfter, Evidence evidence, int latencyMs)
      implements CheckOutcome {}
}
