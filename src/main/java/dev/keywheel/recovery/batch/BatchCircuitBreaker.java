package dev.keywheel.recovery.batch;

import dev.keywheel.key.state.CheckVerdict;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides whether what a batch has seen says something of its keys, or of the way to the provider:
 * when {@value #ALIKE} keys of different accounts fail alike in a way that says nothing of a key,
 * and none succeeds, the provider, its address or this machine's connection is the cause. A key of
 * unknown account counts as one of its own.
 */
public final class BatchCircuitBreaker {
  public static final int ALIKE = 3;

  private final Map<String, Set<String>> accountsByKind = new HashMap<>();
  private int good;
  private int refused;
  private int seen;

  void saw(Tested tested) {
    seen++;
    switch (tested.verdict()) {
      case CheckVerdict.Good g -> good++;
      case CheckVerdict.Unauthorized r -> refused++;
      case CheckVerdict.Malformed m -> seen--; // nothing was sent: says nothing of the provider
      case CheckVerdict.Unknown u ->
          accountsByKind.computeIfAbsent(u.kind(), k -> new HashSet<>()).add(tested.account());
    }
  }

  boolean anyGood() {
    return good > 0;
  }

  /** The word for the way in which they all fail, while that is so. */
  Optional<String> tripped() {
    if (anyGood()) {
      return Optional.empty();
    }
    return accountsByKind.entrySet().stream()
        .filter(kind -> kind.getValue().size() >= ALIKE)
        .max(Map.Entry.comparingByValue((a, b) -> Integer.compare(a.size(), b.size())))
        .map(Map.Entry::getKey);
  }

  /** Whether each of {@value #ALIKE} or more keys was refused: is that the provider's address? */
  boolean allRefused() {
    return refused >= ALIKE && refused == seen;
  }
}
