package dev.keywheel.gateway.seat;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toSet;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.ledger.GatewayRows;
import dev.keywheel.gateway.ledger.GatewayRows.OpenAttempt;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.gateway.token.GatewayRevision;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.pool.KeyRotation.Assigned;
import dev.keywheel.key.pool.KeyRotation.Candidate;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Gives keys to the waiting requests of one pool, in one transaction: as strictly as if they had
 * come one after the other, each with a transaction of its own. The keys are given in the order of
 * arrival from the one rotation of the pool; the attempts are stored with them.
 */
final class SeatBatch {
  /** The keys that are looked at where conversations stay with their accounts. */
  private static final int MOST_BY_ACCOUNT = 10_000;

  private final KeyRotation rotation;
  private final GatewayLedger ledger;
  private final Ids ids;
  private final InstantSource clock;

  SeatBatch(KeyRotation rotation, GatewayLedger ledger, Ids ids, InstantSource clock) {
    this.rotation = rotation;
    this.ledger = ledger;
    this.ids = ids;
    this.clock = clock;
  }

  /** Keys that can serve the same requests. */
  private record Kind(ModelClass models, Set<String> tags) {
    static Kind of(SeatRequest request) {
      return new Kind(request.models(), request.scope().keyTags());
    }
  }

  /**
   * @param stored receives the attempts before they are written, since a commit can fail after it
   *     took effect
   * @return a grant for each request, in order
   */
  List<SeatGrant> fill(Tx tx, PoolId pool, List<SeatRequest> batch, List<OpenAttempt> stored) {
    var seating = rotation.lockForSeats(tx, pool, clock.instant());
    Instant now = clock.instant(); // the lock may have taken seconds
    long revision = GatewayRevision.of(tx.dsl(), pool.workspaceId());
    var ended =
        AccessTokens.ended(
            tx,
            batch.stream().map(SeatRequest::secretId).filter(Objects::nonNull).collect(toSet()),
            now);
    var grants = new IdentityHashMap<SeatRequest, SeatGrant>();
    var accepted = new ArrayList<SeatRequest>();
    for (SeatRequest request : batch) {
      UUID secret = request.secretId();
      if (request.outdated(revision)) {
        grants.put(request, new SeatGrant.Outdated());
      } else if (secret != null && ended.contains(secret)) {
        grants.put(request, new SeatGrant.TokenEnded());
      } else {
        accepted.add(request);
      }
    }
    Optional<SeatGrant> closed = closed(seating);
    if (closed.isPresent()) {
      accepted.forEach(request -> grants.put(request, closed.get()));
    } else if (!accepted.isEmpty()) {
      grants.putAll(give(tx, new Filling(tx, pool, seating.get(), accepted, now), now, stored));
    }
    return batch.stream().map(request -> requireNonNull(grants.get(request))).toList();
  }

  /** Why the pool gives no key at all. */
  private static Optional<SeatGrant> closed(Optional<PoolSeating> seating) {
    if (seating.isEmpty()) {
      return Optional.of(new SeatGrant.NoKey("The pool has no keys yet.", null));
    }
    return Optional.ofNullable(seating.get().pause())
        .map(pause -> new SeatGrant.NoKey(pause.reason(), pause.until()));
  }

  /** A request that gets a key. */
  private record Given(SeatRequest request, ApiKey key, @Nullable TokenRate rate) {}

  private IdentityHashMap<SeatRequest, SeatGrant> give(
      Tx tx, Filling filling, Instant now, List<OpenAttempt> stored) {
    var limits = TokenLimits.count(tx, ledger, filling.requests, now);
    var grants = new IdentityHashMap<SeatRequest, SeatGrant>();
    var given = new ArrayList<Given>();
    for (SeatRequest request : filling.requests) {
      Optional<SeatGrant> refusal = limits.refuse(request);
      Optional<ApiKey> key = refusal.isPresent() ? Optional.empty() : filling.key(request);
      if (key.isPresent()) {
        limits.opened(request);
        given.add(new Given(request, key.get(), limits.rate(request)));
      } else {
        grants.put(request, refusal.orElseGet(() -> filling.none(request)));
      }
    }
    if (!given.isEmpty()) {
      grants.putAll(store(tx, given, now, stored));
    }
    return grants;
  }

  /** Assigns the keys and stores the attempts. */
  private IdentityHashMap<SeatRequest, SeatGrant> store(
      Tx tx, List<Given> given, Instant now, List<OpenAttempt> stored) {
    var assigned = rotation.assignForSeats(tx, given.stream().map(one -> one.key().id()).toList());
    var grants = new IdentityHashMap<SeatRequest, SeatGrant>();
    var requests = new ArrayList<GatewayRequest>();
    for (int i = 0; i < given.size(); i++) {
      Given one = given.get(i);
      SeatRequest request = one.request();
      Assigned seat = assigned.get(i);
      UUID attempt = ids.next();
      grants.put(
          request,
          new SeatGrant.Granted(attempt, seat.number(), one.key(), seat.secret(), one.rate()));
      stored.add(
          new OpenAttempt(
              attempt,
              request.request().id(),
              request.pool().workspaceId(),
              request.no(),
              seat.number(),
              one.key().id(),
              one.key().name(),
              request.pool().provider(),
              request.model(),
              now));
      if (request.no() == 1) {
        requests.add(request.request());
      }
    }
    GatewayRows.open(tx, requests, stored, ledger.node());
    return grants;
  }

  /** What one batch has read of its pool. */
  private final class Filling {
    private final Tx tx;
    private final PoolId pool;
    private final PoolSeating seating;
    private final List<SeatRequest> requests;
    private final Instant now;
    private final int atMost;
    private final Set<String> models;
    private final Map<String, Set<UUID>> aside = new HashMap<>();
    private final Map<UUID, Integer> inFlight;
    private final Map<Kind, Set<UUID>> usable = new HashMap<>();
    private final Map<Kind, SeatGrant> none = new HashMap<>();
    private final SeatOrder order = new SeatOrder();

    Filling(Tx tx, PoolId pool, PoolSeating seating, List<SeatRequest> batch, Instant now) {
      this.tx = tx;
      this.pool = pool;
      this.seating = seating;
      this.requests = batch;
      this.now = now;
      this.models = batch.stream().map(SeatRequest::model).collect(toSet());
      this.inFlight =
          seating.callsPerKey() == 0
              ? Map.of()
              : new HashMap<>(GatewayRows.openAttempts(tx, pool, ledger.endedAttempts()));
      // Each seat moves one key to the end: this many, and those set aside, are enough for all.
      this.atMost =
          seating.byAccount() || batch.stream().anyMatch(one -> one.account() != null)
              ? MOST_BY_ACCOUNT
              : batch.size()
                  + inFlight.size()
                  + batch.stream().mapToInt(request -> request.excluded().size()).max().orElse(0);
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
      if (seating.callsPerKey() > 0) {
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
      return best.isEmpty()
          ? serves
          : serves.and(key -> rank(conversation, key) == best.getAsLong());
    }

    private boolean busy(ApiKey key) {
      return seating.callsPerKey() > 0
          && inFlight.getOrDefault(key.id(), 0) >= seating.callsPerKey();
    }

    private Set<UUID> usable(Kind kind) {
      return usable.computeIfAbsent(
          kind,
          _ -> {
            List<Candidate> found =
                rotation.findCandidates(tx, pool, kind.models(), kind.tags(), models, now, atMost);
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
            "Every key has as many calls in flight as the pool allows.", now.plusSeconds(1));
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
