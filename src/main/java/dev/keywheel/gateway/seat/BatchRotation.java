package dev.keywheel.gateway.seat;

import dev.keywheel.key.pool.KeyCandidates.Candidate;
import dev.keywheel.key.state.ApiKey;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * The rotation of a pool while one batch is filled: each key that is assigned moves to the end, as
 * if the requests had come one after the other. Performs no I/O.
 */
final class BatchRotation {
  /** Above every rotation number in use; keys assigned in this batch are numbered from here. */
  private static final long FIRST_TAKEN_SEQ = Long.MAX_VALUE / 2;

  private record Place(long seq, ApiKey key) {}

  private final TreeSet<Place> order =
      new TreeSet<>(Comparator.comparingLong(Place::seq).thenComparing(place -> place.key().id()));
  private final Map<UUID, Place> places = new HashMap<>();
  private int taken;

  void add(List<Candidate> candidates) {
    for (Candidate candidate : candidates) {
      if (!places.containsKey(candidate.key().id())) {
        put(new Place(candidate.rotationNumber(), candidate.key()));
      }
    }
  }

  /** The highest score of all keys that may serve; empty if none may. */
  OptionalLong best(Predicate<ApiKey> serves, ToLongFunction<ApiKey> score) {
    return order.stream().map(Place::key).filter(serves).mapToLong(score).max();
  }

  /** Whether a key that is not assigned in this batch yet may serve. */
  boolean hasUnassigned(Predicate<ApiKey> serves) {
    return order.stream()
        .takeWhile(place -> place.seq() < FIRST_TAKEN_SEQ)
        .anyMatch(place -> serves.test(place.key()));
  }

  /** Takes the first key that may serve and moves it to the end. */
  Optional<ApiKey> take(Predicate<ApiKey> serves) {
    for (Place place : order) {
      if (serves.test(place.key())) {
        order.remove(place);
        put(new Place(FIRST_TAKEN_SEQ + taken++, place.key()));
        return Optional.of(place.key());
      }
    }
    return Optional.empty();
  }

  private void put(Place place) {
    order.add(place);
    places.put(place.key().id(), place);
  }
}
