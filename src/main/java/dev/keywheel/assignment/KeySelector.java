package dev.keywheel.assignment;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.run.RunExclusions;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.Seat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Selects keys in rotation order and assigns them, with the pool's row locked. */
final class KeySelector {
  private final KeyPool keys;

  KeySelector(KeyPool keys) {
    this.keys = keys;
  }

  /**
   * The keys that failed in this run because of the key itself, except those that passed a check
   * after their last attempt in the run.
   */
  Set<UUID> excluded(Tx tx, RunFence run) {
    var excluded = RunExclusions.excluded(tx, run.runId());
    if (excluded.isEmpty()) {
      return Set.of();
    }
    var stillExcluded = new HashSet<>(excluded.keySet());
    keys.find(tx, run.pool().workspaceId(), excluded.keySet()).stream()
        .filter(key -> passedAfter(key, excluded.get(key.id())))
        .map(ApiKey::id)
        .forEach(stillExcluded::remove);
    return Set.copyOf(stillExcluded);
  }

  private static boolean passedAfter(ApiKey key, @Nullable Instant lastAttempt) {
    return key.status() == KeyStatus.ACTIVE
        && key.lastTestedAt() != null
        && lastAttempt != null
        && key.lastTestedAt().isAfter(lastAttempt);
  }

  /** Up to {@code required} usable keys: those active from the start before recovered ones. */
  List<ApiKey> activeThenRecovered(
      Tx tx, AssignmentRequest request, int required, Set<UUID> recovered) {
    var pool = request.run().pool();
    var excluded = excluded(tx, request.run());
    var without = new HashSet<>(excluded);
    without.addAll(recovered);
    var usable =
        new ArrayList<>(keys.rotation().findUsable(tx, pool, request.models(), without, required));
    if (usable.size() < required && !recovered.isEmpty()) {
      keys
          .rotation()
          .findUsable(tx, pool, request.models(), excluded, recovered.size() + usable.size())
          .stream()
          .filter(key -> recovered.contains(key.id()))
          .limit(required - usable.size())
          .forEach(usable::add);
    }
    return usable;
  }

  /**
   * Seats of a run that uses all usable keys: assigned in rotation order, then rotated further with
   * each assignment of the first key. Otherwise the same keys would get the operations that cycle
   * back in every run.
   */
  List<Seat> assignAll(Tx tx, List<ApiKey> given, int operations) {
    int wraps = operations % given.size();
    long before = KeyRotation.assignments(tx.dsl(), given.getFirst().id());
    var seats = new ArrayList<>(assign(tx, given));
    Collections.rotate(seats, -(int) (before * wraps % given.size()));
    return List.copyOf(seats);
  }

  /** Assigns each key the next rotation number, in list order. */
  List<Seat> assign(Tx tx, List<ApiKey> given) {
    var numbers = keys.rotation().assign(tx, given.stream().map(ApiKey::id).toList());
    return IntStream.range(0, given.size())
        .mapToObj(i -> new Seat(given.get(i).id(), given.get(i).name(), numbers.get(i)))
        .toList();
  }
}
