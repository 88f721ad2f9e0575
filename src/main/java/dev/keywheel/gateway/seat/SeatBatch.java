package dev.keywheel.gateway.seat;

import static java.util.stream.Collectors.toSet;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.ledger.GatewayRows;
import dev.keywheel.gateway.ledger.GatewayRows.OpenAttempt;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

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

  SeatBatch(KeyRotation rotation, GatewayLedger ledger, Ids ids) {
    this.rotation = rotation;
    this.ledger = ledger;
    this.ids = ids;
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
  List<SeatGrant> fill(
      Tx tx, PoolId pool, List<SeatRequest> batch, Instant now, List<OpenAttempt> stored) {
    var seating = rotation.lockForSeats(tx, pool, now);
    if (seating.isEmpty()) {
      return same(batch, new SeatGrant.NoKey("The pool has no keys yet.", null));
    }
    PoolPause pause = seating.get().pause();
    if (pause != null) {
      return same(batch, new SeatGrant.NoKey(pause.reason(), pause.until()));
    }
    var ended =
        AccessTokens.ended(tx, batch.stream().map(SeatRequest::tokenId).collect(toSet()), now);
    var limits = TokenLimits.count(tx, ledger, batch, now);
    var filling = new Filling(tx, pool, seating.get(), batch, now);
    var grants = new ArrayList<SeatGrant>();
    var given = new ArrayList<Integer>();
    for (SeatRequest request : batch) {
      if (ended.contains(request.tokenId())) {
        grants.add(new SeatGrant.TokenEnded());
        continue;
      }
      var grant =
          limits
              .refuse(request)
              .or(
                  () ->
                      filling
                          .key(request)
                          .map(
                              key ->
                                  new SeatGrant.Granted(ids.next(), 0, key, limits.rate(request))))
              .orElseGet(() -> filling.none(request));
      if (grant instanceof SeatGrant.Granted) {
        limits.opened(request);
        given.add(grants.size());
      }
      grants.add(grant);
    }
    if (!given.isEmpty()) {
      store(tx, batch, filling.order.taken(), given, grants, now, stored);
    }
    return grants;
  }

  private void store(
      Tx tx,
      List<SeatRequest> batch,
      List<UUID> taken,
      List<Integer> given,
      List<SeatGrant> grants,
      Instant now,
      List<OpenAttempt> stored) {
    var numbers = rotation.stamp(tx, taken);
    var requests = new ArrayList<GatewayRequest>();
    for (int i = 0; i < given.size(); i++) {
      int at = given.get(i);
      var request = batch.get(at);
      long seat = numbers.get(i).seq();
      if (grants.get(at) instanceof SeatGrant.Granted granted) {
        var key = granted.key();
        grants.set(at, new SeatGrant.Granted(granted.attemptId(), seat, key, granted.rate()));
        stored.add(
            new OpenAttempt(
                granted.attemptId(),
                request.request().id(),
                request.pool().workspaceId(),
                request.no(),
                seat,
                key.id(),
                key.name(),
                request.pool().provider(),
                request.model(),
                now));
      }
      if (request.no() == 1) {
        requests.add(request.request());
      }
    }
    if (!requests.isEmpty()) {
      GatewayRows.openRequests(tx, requests, ledger.node());
    }
    GatewayRows.openAttempts(tx, stored, ledger.node());
  }

  private static List<SeatGrant> same(List<SeatRequest> batch, SeatGrant grant) {
    return new ArrayList<>(batch.stream().map(_ -> grant).toList());
  }

  /** What one batch has read of its pool. */
  private final class Filling {
    private final Tx tx;
    private final PoolId pool;
    private final PoolSeating seating;
    private final Instant now;
    private final int atMost;
    private final Map<String, Set<UUID>> aside;
    private final Map<UUID, Integer> inFlight;
    private final Map<Kind, Set<UUID>> usable = new HashMap<>();
    private final Map<Kind, SeatGrant> none = new HashMap<>();
    private final SeatOrder order = new SeatOrder();

    Filling(Tx tx, PoolId pool, PoolSeating seating, List<SeatRequest> batch, Instant now) {
      this.tx = tx;
      this.pool = pool;
      this.seating = seating;
      this.now = now;
      this.aside =
          KeyModels.aside(tx, pool, batch.stream().map(SeatRequest::model).collect(toSet()), now);
      this.inFlight =
          seating.callsPerKey() == 0
              ? Map.of()
              : new HashMap<>(GatewayRows.openAttempts(tx, pool, ledger.endedAttempts()));
      // Each seat moves one key to the end, so that this many are enough for the last request too.
      this.atMost =
          seating.byAccount()
              ? MOST_BY_ACCOUNT
              : batch.size()
                  + inFlight.size()
                  + aside.values().stream().mapToInt(Set::size).max().orElse(0)
                  + batch.stream().mapToInt(request -> request.excluded().size()).max().orElse(0);
    }

    Optional<ApiKey> key(SeatRequest request) {
      var usableNow = usable(Kind.of(request));
      var set = aside.getOrDefault(request.model(), Set.of());
      Predicate<ApiKey> serves =
          key ->
              usableNow.contains(key.id())
                  && !request.excluded().contains(key.id())
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
            var found = rotation.findTagged(tx, pool, kind.models(), kind.tags(), atMost);
            order.add(found);
            return found.stream().map(ApiKey::id).collect(toSet());
          });
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
