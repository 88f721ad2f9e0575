package dev.keywheel.gateway.seat;

import dev.keywheel.db.Tx;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRows;
import dev.keywheel.key.pool.KeyCandidates;
import dev.keywheel.key.pool.KeyCandidates.Demand;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.pool.KeyRotation.LimitedKey;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolSeating;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Chooses a key for each request of one batch, or returns the reason why no key can serve it. */
final class BatchKeySelector {
  /** Maximum number of keys read in a pool where each conversation stays with one account. */
  private static final int MAX_BY_ACCOUNT = 10_000;

  private final Tx tx;
  private final KeyRotation rotation;
  private final PoolId pool;
  private final PoolSeating seating;
  private final CallsPerKey calls;
  private final Instant now;
  private final boolean limited;
  private final Map<UUID, Integer> inFlight;
  private final BatchRotation order = new BatchRotation();
  private final SeatCandidates candidates;

  /** Why no key can serve the requests of a demand and a model, read once. */
  private final Map<Need, SeatGrant> refusals = new HashMap<>();

  private record Need(Demand demand, String model) {}

  BatchKeySelector(
      Tx tx,
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
    this.limited = calls.anyLowered(now) || seating.callsPerKey() > 0; // removes expired limits
    this.inFlight =
        limited
            ? new HashMap<>(GatewayRows.openAttempts(tx, pool, ledger.endedAttempts()))
            : Map.of();
    // One key for each request and each busy key is enough, unless keys are excluded or tried.
    int atMost =
        seating.byAccount()
            ? MAX_BY_ACCOUNT
            : KeyCandidates.roundUpLimit(
                batch.size() + (int) inFlight.keySet().stream().filter(this::busy).count());
    this.candidates = new SeatCandidates(tx, pool, batch, atMost, order, now);
  }

  /** The keys among which this selector chooses; to be read before {@link #key}. */
  SeatCandidates candidates() {
    return candidates;
  }

  /** Whether the pool is paused, so that the only request that gets a key is a probe. */
  boolean isProbe() {
    return seating.pause() != null && !keysRefused();
  }

  boolean keysRefused() {
    return seating.keysRefused();
  }

  /**
   * Whether the request may get a key. In a paused pool only the first one may. After one key after
   * another was refused, only requests that have tried some of them: another key may be good.
   */
  boolean isOpenFor(SeatRequest request, boolean first) {
    return keysRefused() ? !request.needsFirstKey() : first || !isProbe();
  }

  Optional<ApiKey> key(SeatRequest request) {
    var serves = serves(request);
    if (candidates.hasMore(request) && !order.hasUnassigned(untried(request, serves))) {
      candidates.readMore(request);
      serves = serves(request);
    }
    var key = take(request, untried(request, serves));
    if (key.isEmpty() && request.tried().hasLastResorts()) {
      key = take(request, serves);
    }
    if (limited) {
      key.ifPresent(taken -> inFlight.merge(taken.id(), 1, Integer::sum));
    }
    return key;
  }

  private Optional<ApiKey> take(SeatRequest request, Predicate<ApiKey> serves) {
    return order.take(sameAccount(request, serves));
  }

  private static Predicate<ApiKey> untried(SeatRequest request, Predicate<ApiKey> serves) {
    return request.tried().hasLastResorts()
        ? serves.and(key -> !request.tried().isLastResort(key))
        : serves;
  }

  private Predicate<ApiKey> serves(SeatRequest request) {
    return candidates.suits(request).and(key -> !busy(key.id()));
  }

  /** Restricts a conversation to the keys of the highest-ranked account that has a usable key. */
  private Predicate<ApiKey> sameAccount(SeatRequest request, Predicate<ApiKey> serves) {
    var conversation = request.conversation();
    if (!seating.byAccount() || conversation == null) {
      return serves;
    }
    var best = order.best(serves, key -> rank(conversation, key));
    return best.isEmpty() ? serves : serves.and(key -> rank(conversation, key) == best.getAsLong());
  }

  private boolean busy(UUID key) {
    int max = limited ? calls.limit(key, seating.callsPerKey(), now) : 0;
    return max > 0 && inFlight.getOrDefault(key, 0) >= max;
  }

  /** The reason why no key can serve the request. */
  SeatGrant refusal(SeatRequest request) {
    if (order.best(candidates.suits(request), _ -> 0).isPresent()) {
      return new SeatGrant.AllBusy(now.plusSeconds(1));
    }
    Set<UUID> usable = candidates.usable(request);
    if (request.tried().excludesAnyOf(usable)) {
      return new SeatGrant.NoKey(
          "Every usable key was tried for this request without success. Check the keys of the pool,"
              + " or try again later.",
          null);
    }
    return refusals.computeIfAbsent(
        new Need(SeatCandidates.demand(request), request.model()),
        need -> limitRefusal(need, usable));
  }

  /**
   * The refusal until the first limited key is usable again; without an end if no key is limited.
   */
  private SeatGrant limitRefusal(Need need, Set<UUID> usable) {
    var first = rotation.firstBack(tx, pool, need.demand());
    var due = first.filter(key -> !key.checkDue().isAfter(now)).orElse(null);
    return Stream.of(first.map(LimitedKey::checkDue), firstOfModel(need, usable))
        .flatMap(Optional::stream)
        .min(Comparator.naturalOrder())
        .map(until -> (SeatGrant) new SeatGrant.AllLimited(until, due))
        .orElseGet(() -> new SeatGrant.NoKey("No key that this request may use is active.", null));
  }

  /**
   * The end of the first exclusion from the model; empty for a request that continues a response,
   * because an exclusion seldom ends while the account of the response is remembered.
   */
  private Optional<Instant> firstOfModel(Need need, Set<UUID> usable) {
    return need.demand().account() == null
        ? KeyModels.firstBack(tx, usable, need.model(), now)
        : Optional.empty();
  }

  /** The rank of the key's account, different for each conversation. */
  private static long rank(String conversation, ApiKey key) {
    var account = key.accountOrId();
    long mixed = (conversation.hashCode() * 0x9E3779B97F4A7C15L) ^ account.hashCode();
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
