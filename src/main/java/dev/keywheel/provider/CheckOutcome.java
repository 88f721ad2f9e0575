package dev.keywheel.provider;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What came of one key check. */
public sealed interface CheckOutcome {

  Evidence evidence();

  int latencyMs();

  /** The key authenticates; {@link KeyInfo} says whether it may be used. */
  record Works(KeyInfo facts, Evidence evidence, int latencyMs) implements CheckOutcome {}

  /** One 401. Good keys see it now and then, so it counts only when it comes twice. */
  record Rejected(Evidence evidence, int latencyMs) implements CheckOutcome {}

  /** The key holds characters no key can have; nothing was sent. */
  record Malformed(Evidence evidence, int latencyMs) implements CheckOutcome {}

  /**
   * Says nothing about the key.
   *
   * @param kind {@code refused_403 says_credits says_in_flight says_key_cap says_budget invalid
   *     not_found of_a_model too_big slow_down server html network cut timeout unexpected}
   * @param retryAfter set when the upstream, or its edge, asks to be left alone for a while
   */
  record Inconclusive(String kind, @Nullable Duration retryAfter, Evidence evidence, int latencyMs)
      implements CheckOutcome {}
}
