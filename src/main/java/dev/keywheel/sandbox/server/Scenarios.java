package dev.keywheel.sandbox.server;

import dev.keywheel.sandbox.base.SandboxOperation;
import dev.keywheel.sandbox.faults.SandboxKey;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Behaviours set by tests, which override the behaviour that a key names. */
final class Scenarios {

  private final List<Rule> rules = new ArrayList<>();
  private final Map<String, SandboxKey> keys = new HashMap<>();
  private final Map<SandboxOperation, Integer> attempts = new EnumMap<>(SandboxOperation.class);

  /**
   * @param operation the operation that the rule applies to
   * @param attempt 1-based number of the call since the last reset; 0 means every call
   */
  private record Rule(SandboxOperation operation, int attempt, SandboxKey behaviour) {}

  synchronized void reset() {
    rules.clear();
    keys.clear();
    attempts.clear();
  }

  synchronized void addRule(SandboxOperation operation, int attempt, SandboxKey behaviour) {
    rules.add(new Rule(operation, attempt, behaviour));
  }

  synchronized void setBehaviour(String key, SandboxKey behaviour) {
    keys.put(key, behaviour);
  }

  /** The key with its current behaviour; empty for an unknown key. */
  synchronized Optional<SandboxKey> read(String bearer) {
    var set = Optional.ofNullable(keys.get(bearer));
    return set.map(
            behaviour ->
                new SandboxKey(
                    bearer,
                    behaviour.behaviour(),
                    behaviour.argument(),
                    SandboxKey.read(bearer).map(SandboxKey::account).orElse(bearer)))
        .or(() -> SandboxKey.read(bearer));
  }

  /** The key with its behaviour for this call; counts the call as an attempt of the operation. */
  synchronized SandboxKey forCall(SandboxKey key, SandboxOperation operation) {
    var attempt = attempts.merge(operation, 1, Integer::sum);
    return rules.stream()
        .filter(r -> r.operation == operation && (r.attempt == 0 || r.attempt == attempt))
        .findFirst()
        .map(r -> key.as(r.behaviour))
        .orElse(key);
  }
}
