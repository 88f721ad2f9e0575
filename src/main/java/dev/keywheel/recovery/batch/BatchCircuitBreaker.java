package dev.keywheel.recovery.batch;

import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.limit.InconclusiveReason;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides whether failures are caused by the keys of a batch or by the connection to the provider:
 * when {@value #MIN_KEYS} keys of different accounts have the same inconclusive result and none
 * succeeds, the provider, its address or this machine's connection is the cause.
 */
public final class BatchCircuitBreaker {
  public static final int MIN_KEYS = 3;

  private final Map<InconclusiveReason, Set<String>> accountsByReason =
      new EnumMap<>(InconclusiveReason.class);
  private int good;
  private int refused;
  private int seen;

  void record(KeyCheckResult result) {
    seen++;
    switch (result.outcome()) {
      case CheckOutcome.Accepted _ -> {
        good++;
        accountsByReason.clear();
      }
      case CheckOutcome.Unauthorized _ -> refused++;
      case CheckOutcome.Malformed _ -> seen--; // nothing was sent: says nothing about the provider
      case CheckOutcome.Inconclusive inconclusive
          when inconclusive.reason() == InconclusiveReason.TAKEN_OUT ->
          seen--; // nor was anything sent for a key that was deleted or cannot be decrypted
      case CheckOutcome.Inconclusive _ when anyGood() -> {
        // cannot trip any more, and a batch may have a million accounts
      }
      case CheckOutcome.Inconclusive inconclusive ->
          accountsByReason
              .computeIfAbsent(inconclusive.reason(), reason -> new HashSet<>())
              .add(result.key().accountOrId());
    }
  }

  boolean anyGood() {
    return good > 0;
  }

  /** The inconclusive reason for which the breaker has tripped; empty if it has not. */
  Optional<InconclusiveReason> tripped() {
    return accountsByReason.entrySet().stream()
        .filter(kind -> kind.getValue().size() >= MIN_KEYS)
        .max(Map.Entry.comparingByValue((a, b) -> Integer.compare(a.size(), b.size())))
        .map(Map.Entry::getKey);
  }

  /**
   * Whether all of at least {@value #MIN_KEYS} tested keys were refused: the address may be wrong.
   */
  boolean allRefused() {
    return refused >= MIN_KEYS && refused == seen;
  }
}
