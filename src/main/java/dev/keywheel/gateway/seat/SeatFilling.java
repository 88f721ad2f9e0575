package dev.keywheel.gateway.seat;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toSet;

import dev.keywheel.db.RoundTrip;
import dev.keywheel.db.Tx;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRows;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.pool.KeyRotation.Candidate;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What one batch reads of its pool, and the key of each request by it. */
final class SeatFilling {
  /** The keys that are looked at where conversations stay with their accounts. */
  private static final int MOST_BY_ACCOUNT = 10_000;

  private final Tx tx;
  private final KeyRotation rotation;
  private final PoolId pool;
  private final PoolSeating seating;
  private final CallsPerKey calls;
  private final Instant now;
  private final Supplier<List<Long>> numbers;
  private final Map<Kind, Supplier<List<Candidate>>> candidates = new HashMap<>();
  private final Map<String, Set<UUID>> aside = new HashMap<>();
  private final boolean limited;
  private final Map<UUID, Integer> inFlight;
  private final Map<Kind, Set<UUID>> usable = new HashMap<>();
  private final Map<Kind, SeatGrant> none = new HashMap<>();
  private final SeatOrder order = new SeatOrder();

  SeatFilling(
      Tx tx,
      RoundTrip reads,
      KeyRotation rotation,
      GatewayLedger ledger,
      CallsPerKey calls,
      PoolId pool,
      PoolSeating seating,
      List<SeatRequest> batch,
      Instant now) {
    this.tx = tx;
    this.rotation = rotation;
    this.pool = pool;
    this.seating = seating;
    this.calls = calls;
    this.now = now;
    this.limited = seating.callsPerKey() > 0 || calls.any(now);
    this.inFlight =
        limited
            ? new HashMap<>(GatewayRows.openAttempts(tx, pool, ledger.endedAttempts()))
            : Map.of();
    // Each seat moves one key to the end: this many, and those set aside, are enough for all.
    int atMost =
        seating.byAccount() || batch.stream().anyMatch(one -> one.account() != null)
            ? MOST_BY_ACCOUNT
            : batch.size()
                + inFlight.size()
                + batch.stream().mapToInt(request -> request.excluded().size()).max().orElse(0);
    var models = batch.stream().map(SeatRequest::model).collect(toSet());
    for (SeatRequest request : batch) {
      candidates.computeIfAbsent(
          Kind.of(request),
          kind ->
              KeyRotation.candidates(reads, pool, kind.models(), kind.tags(), models, now, atMost));
    }
    this.numbers = KeyRotation.numbers(reads, batch.size());
  }

  /** The first rotation numbers of the batch. */
  List<Long> numbers(int count) {
    return numbers.get().subList(0, count);
  }

  Optional<ApiKey> key(SeatRequest request) {
    var usableNow = usable(Kind.of(request));
    var set = aside.getOrDefault(request.model(), Set.of());
    Predicate<ApiKey> serves =
        key ->
            usableNow.contains(key.id())
                && !request.excluded().contains(key.id())
                && request.mayUse(key)
                && !set.contains(key.id())
                && !busy(key);
    var key = order.take(sameAccount(request, serves));
    if (limited) {
      key.ifPresent(taken -> inFlight.merge(taken.id(), 1, Integer::sum));
    }
    return key;
  }

  /** One account for each conversation, the next best one when it has no key left. */
  private Predicate<ApiKey> sameAccount(SeatRequest request, Predicate<ApiKey> serves) {
    var conversation = request.conversation();
    if (!seating.byAccount() || conversation == null) {
      return serves;
    }
    var best = order.best(serves, key -> rank(conversation, key));
    return best.isEmpty() ? serves : serves.and(key -> rank(conversation, key) == best.getAsLong());
  }

  private boolean busy(ApiKey key) {
    int most = limited ? calls.limit(key.id(), seating.callsPerKey(), now) : 0;
    return most > 0 && inFlight.getOrDefault(key.id(), 0) >= most;
  }

  private Set<UUID> usable(Kind kind) {
    return usable.computeIfAbsent(
        kind,
        _ -> {
          List<Candidate> found = requireNonNull(candidates.get(kind)).get();
          order.add(found.stream().map(Candidate::key).toList());
          found.forEach(this::setAside);
          return found.stream().map(candidate -> candidate.key().id()).collect(toSet());
        });
  }

  private void setAside(Candidate candidate) {
    for (String model : candidate.aside()) {
      aside.computeIfAbsent(model, _ -> new HashSet<>()).add(candidate.key().id());
    }
  }

  /** Why no key can serve the request. */
  SeatGrant none(SeatRequest request) {
    var usableNow = usable(Kind.of(request));
    if (order.best(key -> usableNow.contains(key.id()) && busy(key), _ -> 0).isPresent()) {
      return new SeatGrant.NoKey(
          "Every key has as many calls in flight as the pool or the provider allows.",
          now.plusSeconds(1));
    }
    if (!usableNow.isEmpty()) {
      return new SeatGrant.NoKey("Every usable key was tried for this request.", null);
    }
    return none.computeIfAbsent(
        Kind.of(request),
        kind ->
            rotation
                .firstBack(tx, pool, kind.models())
                .map(until -> (SeatGrant) new SeatGrant.AllLimited(until))
                .orElseGet(() -> new SeatGrant.NoKey("No key of the pool is active.", null)));
  }

  /** Keys that can serve the same requests. */
  private record Kind(ModelClass models, Set<String> tags) {
    static Kind of(SeatRequest request) {
      return new Kind(request.models(), request.scope().keyTags());
    }
  }

  /** The same for all keys of an account; different for each conversation. */
  private static long rank(String conversation, ApiKey key) {
    var account = key.account() == null ? key.id().toString() : key.account();
    long mixed = (conversation.hashCode() * 0x9E3779B97F4A7C15L) ^ account.hashCode();
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
