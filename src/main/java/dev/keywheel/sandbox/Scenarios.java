package dev.keywheel.sandbox;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Behaviours set from outside, which win over what a key's text says. */
final class Scenarios {

  private final List<Rule> rules = new ArrayList<>();
  private final Map<String, KeyText> keys = new HashMap<>();
  private final Map<Operation, Integer> attempts = new EnumMap<>(Operation.class);

  /**
   * @param operation which operation it is about
   * @param attempt the how manieth call of that operation since the reset, from 1; 0 for every one
   * @param behaviour what happens then
   */
  private record Rule(Operation operation, int attempt, KeyText behaviour) {}

  synchronized void reset() {
    rules.clear();
    keys.clear();
    attempts.clear();
  }

  synchronized void rule(Operation operation, int attempt, KeyText behaviour) {
    rules.add(new Rule(operation, attempt, behaviour));
  }

  synchronized void key(String key, KeyText behaviour) {
    keys.put(key, behaviour);
  }

  /**
   * The key as it behaves from now on; empty for one that neither its text nor a rule makes known.
   */
  synchronized Optional<KeyText> read(String bearer) {
    var set = Optional.ofNullable(keys.get(bearer));
    return set.map(
            behaviour ->
                new KeyText(
                    bearer,
                    behaviour.behaviour(),
                    behaviour.argument(),
                    KeyText.read(bearer).map(KeyText::account).orElse(bearer)))
        .or(() -> KeyText.read(bearer));
  }

  /** The key as it behaves for this call of an operation, which counts as an attempt. */
  synchronized KeyText forCall(KeyText key, Operation operation) {
    var attempt = attempts.merge(operation, 1, Integer::sum);
    return rules.stream()
        .filter(r -> r.operation == operation && (r.attempt == 0 || r.attempt == attempt))
        .findFirst()
        .map(r -> key.as(r.behaviour))
        .orElse(key);
  }
}
