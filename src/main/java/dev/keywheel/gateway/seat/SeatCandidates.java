package dev.keywheel.gateway.seat;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toSet;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyCandidates;
import dev.keywheel.key.pool.KeyCandidates.Candidate;
import dev.keywheel.key.pool.KeyCandidates.Demand;
import dev.keywheel.key.pool.KeyCandidates.JoinedValue;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jooq.Field;
import org.jooq.Record;

/** Reads the keys of a pool that can serve one batch, and adds them to the order of the batch. */
final class SeatCandidates {
  private static final Field<Long[]> NUMBERS = field(name("numbers"), Long[].class);

  /** Number of keys that are searched to find a key of another account. */
  private static final int SEARCHED = 256;

  private final Tx tx;
  private final PoolId pool;
  private final BatchRotation order;
  private final Instant now;
  private final int atMost;
  private final Set<String> models;
  private final Set<Demand> demands;
  private final int requests;

  /**
   * The largest number of further keys that a request of the batch needs: the keys it has tried,
   * and the keys that are searched to find a key of another account.
   */
  private final int additional;

  private Map<Demand, List<Candidate>> candidates = Map.of();
  private List<Long> numbers = List.of();
  private final Map<Demand, Set<UUID>> usable = new HashMap<>();

  /** The keys that are excluded from a model, by model. */
  private final Map<String, Set<UUID>> excluded = new HashMap<>();

  /**
   * Demands that may have more keys than were read. The others are read only when the keys read so
   * far are assigned or tried: a key would otherwise get two requests of a batch before the next
   * key gets one.
   */
  private final Set<Demand> truncatedDemands = new HashSet<>();

  /**
   * @param atMost maximum number of keys that are read at first, for each demand
   */
  SeatCandidates(
      Tx tx, PoolId pool, List<SeatRequest> batch, int atMost, BatchRotation order, Instant now) {
    this.tx = tx;
    this.pool = pool;
    this.order = order;
    this.now = now;
    this.atMost = atMost;
    this.models = batch.stream().map(SeatRequest::model).collect(toSet());
    this.demands = batch.stream().map(SeatCandidates::demand).collect(toSet());
    this.requests = batch.size();
    this.additional =
        batch.stream()
            .map(SeatRequest::tried)
            .mapToInt(SeatCandidates::additionalKeys)
            .max()
            .orElse(0);
  }

  private static int additionalKeys(TriedKeys tried) {
    return tried.count() + (tried.searchesOtherAccount() ? SEARCHED : 0);
  }

  static Demand demand(SeatRequest request) {
    var account = request.account();
    return new Demand(
        request.models(), request.scope().keyTags(), account == null ? null : account.name());
  }

  /** Reads the keys that can serve the batch, and other values in the same statement. */
  Record read(List<JoinedValue<?>> otherValues) {
    if (atMost > KeyCandidates.roundUpLimit(2 * SeatBatch.MAX_FOR_SHARED_PLAN)) {
      KeyRotation.endGenericPlans(tx);
    }
    return keep(query(otherValues).fetch(tx));
  }

  /**
   * The query of {@link #read}, for a caller that runs it and passes the result to {@link #keep}.
   */
  KeyCandidates.Query query(List<JoinedValue<?>> otherValues) {
    var all = new ArrayList<>(otherValues);
    all.add(new JoinedValue<>(NUMBERS, KeyRotation.numbers(requests)));
    return KeyCandidates.query(pool, demands, models, now, atMost, all);
  }

  /** Keeps the result of {@link #query}, and returns the other values. */
  Record keep(KeyCandidates.QueryResult found) {
    candidates = found.candidates();
    numbers = List.of(found.otherValues().get(NUMBERS));
    return found.otherValues();
  }

  /** The next rotation numbers of the pool. */
  List<Long> numbers(int count) {
    return numbers.subList(0, count);
  }

  /** The keys that could serve the request if none were busy. */
  Predicate<ApiKey> suits(SeatRequest request) {
    var usableNow = usable(request);
    var set = excluded.getOrDefault(request.model(), Set.of());
    return key -> usableNow.contains(key.id()) && request.mayUse(key) && !set.contains(key.id());
  }

  /** The keys that are active and not limited, of all that have been read for the request. */
  Set<UUID> usable(SeatRequest request) {
    Demand demand = demand(request);
    var known = usable.get(demand);
    if (known != null) {
      return known;
    }
    List<Candidate> found = requireNonNull(candidates.get(demand));
    if (found.size() >= atMost
        && (additional > 0 || found.stream().anyMatch(one -> !one.excludedModels().isEmpty()))) {
      truncatedDemands.add(demand);
    }
    return addCandidates(demand, found);
  }

  boolean hasMore(SeatRequest request) {
    return truncatedDemands.contains(demand(request));
  }

  /** Reads the further keys for the request, once. */
  void readMore(SeatRequest request) {
    Demand demand = demand(request);
    if (truncatedDemands.remove(demand)) {
      KeyRotation.endGenericPlans(tx);
      addCandidates(demand, KeyCandidates.more(tx, pool, demand, models, now, atMost + additional));
    }
  }

  private Set<UUID> addCandidates(Demand demand, List<Candidate> found) {
    order.add(found);
    for (Candidate candidate : found) {
      for (String model : candidate.excludedModels()) {
        excluded.computeIfAbsent(model, _ -> new HashSet<>()).add(candidate.key().id());
      }
    }
    var ids = found.stream().map(candidate -> candidate.key().id()).collect(toSet());
    usable.put(demand, ids);
    return ids;
  }
}
