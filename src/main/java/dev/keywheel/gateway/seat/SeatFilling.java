package dev.keywheel.gateway.seat;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toSet;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;

import dev.keywheel.db.Tx;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRows;
import dev.keywheel.key.pool.KeyCandidates;
import dev.keywheel.key.pool.KeyCandidates.Beside;
import dev.keywheel.key.pool.KeyCandidates.Candidate;
import dev.keywheel.key.pool.KeyCandidates.Demand;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolSeating;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.Record;

/** Reads the state of a pool for one batch, and chooses a key for each request of the batch. */
final class SeatFilling {
  private static final Field<Long[]> NUMBERS = field(name("numbers"), Long[].class);

  /** Maximum number of keys read in a pool where each conversation stays with one account. */
  private static final int MOST_BY_ACCOUNT = 10_000;

  private final Tx tx;
  private final KeyRotation rotation;
  private final PoolId pool;
  private final PoolSeating seating;
  private final CallsPerKey calls;
  private final Instant now;
  private final int atMost;
  private final Set<String> models;
  private final Set<Demand> demands;
  private final int most;
  private Map<Demand, List<Candidate>> candidates = Map.of();
  private List<Long> numbers = List.of();
  private final Map<String, Set<UUID>> aside = new HashMap<>();

  /**
   * Demands with further keys. They are read only when the keys read so far are assigned: a key
   * would otherwise get two requests of a batch before the next key gets one.
   */
  private final Set<Demand> truncatedDemands = new HashSet<>();

  private final boolean limited;
  private final Map<UUID, Integer> inFlight;
  private final Map<Demand, Set<UUID>> usable = new HashMap<>();
  private final Map<Need, SeatGrant> none = new HashMap<>();
  private final SeatOrder order = new SeatOrder();

  private record Need(Demand demand, String model) {}

  SeatFilling(
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
    this.limited = seating.callsPerKey() > 0 || calls.any(now);
    this.inFlight =
        limited
            ? new HashMap<>(GatewayRows.openAttempts(tx, pool, ledger.endedAttempts()))
            : Map.of();
    // Each grant moves one key to the end: this many are enough unless some keys are set aside.
    this.atMost =
        seating.byAccount()
            ? MOST_BY_ACCOUNT
            : KeyCandidates.roundUpLimit(
                batch.size()
                    + (int) inFlight.keySet().stream().filter(this::busy).count()
                    + batch.stream()
                        .mapToInt(request -> request.excluded().size() + request.tried().size())
                        .max()
                        .orElse(0));
    this.models = batch.stream().map(SeatRequest::model).collect(toSet());
    this.demands = batch.stream().map(SeatFilling::demand).collect(toSet());
    this.most = batch.size();
  }

  /** Reads the keys that can serve the batch, and other values in the same statement. */
  Record read(List<Beside<?>> beside) {
    if (atMost > KeyCandidates.roundUpLimit(2 * SeatBatch.FEW)) {
      KeyRotation.endGenericPlans(tx);
    }
    var all = new ArrayList<>(beside);
    all.add(new Beside<>(NUMBERS, KeyRotation.numbers(most)));
    var read = KeyCandidates.read(tx, pool, demands, models, now, atMost, all);
    candidates = read.candidates();
    numbers = List.of(read.beside().get(NUMBERS));
    return read.beside();
  }

  /** Whether the pool is paused, so that the only request that gets a key is a probe. */
  boolean probe() {
    return seating.pause() != null;
  }

  List<Long> numbers(int count) {
    return numbers.subList(0, count);
  }

  Optional<ApiKey> key(SeatRequest request) {
    var demand = demand(request);
    var serves = serves(request, usable(demand));
    if (truncatedDemands.contains(demand) && !order.hasUnassigned(untried(request, serves))) {
      truncatedDemands.remove(demand);
      KeyRotation.endGenericPlans(tx);
      var more = KeyCandidates.more(tx, pool, demand, models, now, atMost);
      serves = serves(request, keep(demand, more));
    }
    var key = take(request, untried(request, serves));
    if (key.isEmpty() && !request.tried().isEmpty()) {
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
    return request.tried().isEmpty() ? serves : serves.and(key -> !request.hasTried(key));
  }

  private Predicate<ApiKey> serves(SeatRequest request, Set<UUID> usableNow) {
    return suits(request, usableNow).and(key -> !busy(key.id()));
  }

  /** The keys that could serve the request if none were busy. */
  private Predicate<ApiKey> suits(SeatRequest request, Set<UUID> usableNow) {
    var set = aside.getOrDefault(request.model(), Set.of());
    return key ->
        usableNow.contains(key.id())
            && !request.excluded().contains(key.id())
            && request.mayUse(key)
            && !set.contains(key.id());
  }

  /** Restricts a conversation to the keys of its highest-ranked account with a usable key. */
  private Predicate<ApiKey> sameAccount(SeatRequest request, Predicate<ApiKey> serves) {
    var conversation = request.conversation();
    if (!seating.byAccount() || conversation == null) {
      return serves;
    }
    var best = order.best(serves, key -> rank(conversation, key));
    return best.isEmpty() ? serves : serves.and(key -> rank(conversation, key) == best.getAsLong());
  }

  private boolean busy(UUID key) {
    int most = limited ? calls.limit(key, seating.callsPerKey(), now) : 0;
    return most > 0 && inFlight.getOrDefault(key, 0) >= most;
  }

  private Set<UUID> usable(Demand demand) {
    var known = usable.get(demand);
    if (known != null) {
      return known;
    }
    List<Candidate> found = requireNonNull(candidates.get(demand));
    if (found.size() >= atMost && found.stream().anyMatch(one -> !one.aside().isEmpty())) {
      truncatedDemands.add(demand);
    }
    return keep(demand, found);
  }

  private Set<UUID> keep(Demand demand, List<Candidate> found) {
    order.add(found);
    found.forEach(this::setAside);
    var ids = found.stream().map(candidate -> candidate.key().id()).collect(toSet());
    usable.put(demand, ids);
    return ids;
  }

  private void setAside(Candidate candidate) {
    for (String model : candidate.aside()) {
      aside.computeIfAbsent(model, _ -> new HashSet<>()).add(candidate.key().id());
    }
  }

  /** The reason why no key can serve the request. */
  SeatGrant none(SeatRequest request) {
    var usableNow = usable(demand(request));
    if (order.best(suits(request, usableNow), _ -> 0).isPresent()) {
      return new SeatGrant.AllBusy(now.plusSeconds(1));
    }
    if (!Collections.disjoint(usableNow, request.excluded())) {
      return new SeatGrant.NoKey(
          "Every usable key was tried for this request without success. Check the keys of the pool,"
              + " or try again later.",
          null);
    }
    return none.computeIfAbsent(
        new Need(demand(request), request.model()), need -> none(need, usableNow));
  }

  private SeatGrant none(Need need, Set<UUID> usableNow) {
    return Stream.of(rotation.firstBack(tx, pool, need.demand()), firstOfModel(need, usableNow))
        .flatMap(Optional::stream)
        .min(Comparator.naturalOrder())
        .map(until -> (SeatGrant) new SeatGrant.AllLimited(until))
        .orElseGet(() -> new SeatGrant.NoKey("No key that this request may use is active.", null));
  }

  /**
   * The end of the first exclusion from the model. A request that continues a response does not
   * wait for it: it seldom ends while the account of the response is remembered.
   */
  private Optional<Instant> firstOfModel(Need need, Set<UUID> usableNow) {
    return need.demand().account() == null
        ? KeyModels.firstBack(tx, usableNow, need.model(), now)
        : Optional.empty();
  }

  private static Demand demand(SeatRequest request) {
    var account = request.account();
    return new Demand(
        request.models(), request.scope().keyTags(), account == null ? null : account.name());
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
