package dev.keywheel.gateway.seat;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;
import static java.util.stream.Collectors.toSet;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.ledger.GatewayRows;
import dev.keywheel.gateway.ledger.GatewayRows.OpenAttempt;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.gateway.token.GatewayRevision;
import dev.keywheel.key.pool.KeyCandidates;
import dev.keywheel.key.pool.KeyCandidates.JoinedValue;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.rotation.pause.PauseProbes;
import dev.keywheel.secret.Vault.EncryptedSecret;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * Assigns keys to the waiting requests of one pool in one transaction, with the same result as one
 * transaction for each request. The keys come from the pool's rotation in the order of arrival. The
 * attempts are stored in the same transaction.
 */
final class SeatBatch {
  /**
   * Maximum number of requests in a batch for which the plan for an average pool suits the largest
   * pool.
   */
  static final int MAX_FOR_SHARED_PLAN = 64;

  private static final Field<Long> REVISION = field(name("revision"), Long.class);
  private static final Field<UUID[]> ENDED = field(name("ended"), UUID[].class);

  /** If the lock of the pool took longer, the keys that were read with it are read again. */
  private static final Duration MAX_LOCK_TIME = Duration.ofSeconds(1);

  private final KeyRotation rotation;
  private final GatewayLedger ledger;
  private final Ids ids;
  private final CallsPerKey calls;
  private final InstantSource clock;
  private final PauseProbes probes;

  /** The pools whose keys no setting restricted when they were last locked. */
  private final Set<PoolId> unrestricted = ConcurrentHashMap.newKeySet();

  SeatBatch(
      KeyRotation rotation,
      GatewayLedger ledger,
      Ids ids,
      CallsPerKey calls,
      InstantSource clock,
      PauseProbes probes) {
    this.rotation = rotation;
    this.ledger = ledger;
    this.ids = ids;
    this.calls = calls;
    this.clock = clock;
    this.probes = probes;
  }

  /**
   * @param stored receives the attempts before they are written, since a commit can report a
   *     failure although it took effect
   * @return a grant for each request, in order
   */
  List<SeatGrant> fill(Tx tx, PoolId pool, List<SeatRequest> batch, List<OpenAttempt> stored) {
    LockedBatch locked = lock(tx, pool, batch);
    var seating = locked.seating();
    var selector = locked.selector();
    Record read = locked.values();
    Instant now = locked.now();
    long current = requireNonNullElse(read.get(REVISION), 0L);
    var endedSecrets = Set.copyOf(Arrays.asList(read.get(ENDED)));
    var grants = new IdentityHashMap<SeatRequest, SeatGrant>();
    var accepted = new ArrayList<SeatRequest>();
    for (SeatRequest request : batch) {
      UUID secret = request.secretId();
      if (request.outdated(current)) {
        grants.put(request, new SeatGrant.Outdated());
      } else if (secret != null && endedSecrets.contains(secret)) {
        grants.put(request, new SeatGrant.TokenEnded());
      } else {
        accepted.add(request);
      }
    }
    if (!accepted.isEmpty()) {
      var limits = TokenLimits.count(tx, ledger, accepted, now);
      if (selector.isPresent()) {
        grants.putAll(give(tx, selector.get(), accepted, limits, now, stored));
        if (selector.get().isProbe() && !stored.isEmpty()) {
          probes.recordProbe(pool, now);
        }
      }
      for (SeatRequest request : accepted) {
        if (!grants.containsKey(request)) {
          var refusal = limits.countOrRefuse(request);
          grants.put(request, refusal.orElseGet(() -> poolRefusal(pool, seating, now)));
        }
      }
    }
    return batch.stream().map(request -> requireNonNull(grants.get(request))).toList();
  }

  /**
   * A locked pool.
   *
   * @param now the time after the lock, which may have taken seconds
   * @param selector empty when the pool is paused or has no keys
   */
  private record LockedBatch(
      Instant now,
      Optional<PoolSeating> seating,
      Optional<BatchKeySelector> selector,
      Record values) {}

  /**
   * Locks the pool and reads its keys: in one round trip if no setting restricted the keys of the
   * last batch. If a setting or a lowered limit restricts them now, or the lock took long, they are
   * read again.
   */
  private LockedBatch lock(Tx tx, PoolId pool, List<SeatRequest> batch) {
    Instant asked = clock.instant();
    boolean suitsSharedPlan = suitsSharedPlan(batch);
    if (!suitsSharedPlan || !unrestricted.contains(pool) || calls.anyLowered(asked)) {
      return read(tx, pool, batch, rotation.lockForSeats(tx, pool, asked, suitsSharedPlan));
    }
    var selector = selector(tx, pool, PoolSeating.UNRESTRICTED, batch, asked);
    var keys = selector.candidates();
    var locked = rotation.lockAndRead(tx, pool, asked, keys.query(values(pool, batch, asked)));
    var seating = locked.seating();
    Instant now = clock.instant();
    return seating.equals(Optional.of(PoolSeating.UNRESTRICTED))
            && now.isBefore(asked.plus(MAX_LOCK_TIME))
            && !calls.anyLowered(now)
        ? new LockedBatch(now, seating, Optional.of(selector), keys.keep(locked.found()))
        : read(tx, pool, batch, seating);
  }

  private LockedBatch read(
      Tx tx, PoolId pool, List<SeatRequest> batch, Optional<PoolSeating> seating) {
    Instant now = clock.instant();
    var pause = seating.map(PoolSeating::pause);
    pause.ifPresent(paused -> probes.recordPause(pool, paused, now));
    boolean open =
        pause.map(paused -> probes.isDue(pool, paused.until(), now)).orElse(true)
            || (seating.get().keysRefused()
                && !batch.stream().allMatch(SeatRequest::needsFirstKey));
    var selector = seating.filter(_ -> open).map(it -> selector(tx, pool, it, batch, now));
    var values = values(pool, batch, now);
    if (seating.equals(Optional.of(PoolSeating.UNRESTRICTED))) {
      unrestricted.add(pool);
    } else {
      unrestricted.remove(pool);
    }
    return new LockedBatch(
        now,
        seating,
        selector,
        selector
            .map(it -> it.candidates().read(values))
            .orElseGet(() -> KeyCandidates.values(tx, values)));
  }

  private BatchKeySelector selector(
      Tx tx, PoolId pool, PoolSeating seating, List<SeatRequest> batch, Instant now) {
    return new BatchKeySelector(tx, rotation, ledger, calls, pool, seating, batch, now);
  }

  /** The values that decide whether the batch's requests are still accepted. */
  private static List<JoinedValue<?>> values(PoolId pool, List<SeatRequest> batch, Instant now) {
    var secrets =
        batch.stream().map(SeatRequest::secretId).filter(Objects::nonNull).collect(toSet());
    return List.of(
        new JoinedValue<>(REVISION, GatewayRevision.value(pool.workspaceId())),
        new JoinedValue<>(ENDED, AccessTokens.ended(secrets, now)));
  }

  /** Whether one query plan suits all pools: for a small batch that may use any key. */
  private static boolean suitsSharedPlan(List<SeatRequest> batch) {
    return batch.size() <= MAX_FOR_SHARED_PLAN
        && batch.stream()
            .allMatch(request -> request.scope().keyTags().isEmpty() && request.account() == null);
  }

  /** The refusal of a pool that is paused or has no keys. */
  private SeatGrant poolRefusal(PoolId pool, Optional<PoolSeating> seating, Instant now) {
    return seating
        .map(PoolSeating::pause)
        .map(
            pause ->
                new SeatGrant.NoKey(
                    "The pool is paused. " + pause.sentence(),
                    probes.retryAt(pool, pause.until(), now)))
        .orElseGet(() -> new SeatGrant.NoKey("The pool has no keys yet.", null));
  }

  private record AssignedSeat(SeatRequest request, ApiKey key, @Nullable RemainingRequests rate) {}

  /** Requests that the pause of the pool stops get no grant. */
  private IdentityHashMap<SeatRequest, SeatGrant> give(
      Tx tx,
      BatchKeySelector selector,
      List<SeatRequest> accepted,
      TokenLimits limits,
      Instant now,
      List<OpenAttempt> stored) {
    var grants = new IdentityHashMap<SeatRequest, SeatGrant>();
    var given = new ArrayList<AssignedSeat>();
    for (SeatRequest request : accepted) {
      if (!selector.isOpenFor(request, given.isEmpty())) {
        continue;
      }
      Optional<SeatGrant> refusal = limits.countOrRefuse(request);
      Optional<ApiKey> key = refusal.isPresent() ? Optional.empty() : selector.key(request);
      if (key.isPresent()) {
        limits.countOpened(request);
        given.add(new AssignedSeat(request, key.get(), limits.rate(request)));
      } else if (refusal.isPresent() || !selector.keysRefused()) {
        grants.put(request, refusal.orElseGet(() -> selector.refusal(request)));
      }
    }
    if (!given.isEmpty()) {
      grants.putAll(store(tx, selector, given, now, stored));
    }
    return grants;
  }

  private IdentityHashMap<SeatRequest, SeatGrant> store(
      Tx tx,
      BatchKeySelector selector,
      List<AssignedSeat> given,
      Instant now,
      List<OpenAttempt> stored) {
    List<Long> numbers = selector.candidates().numbers(given.size());
    var requests = new ArrayList<GatewayRequest>();
    for (int i = 0; i < given.size(); i++) {
      SeatRequest request = given.get(i).request();
      ApiKey key = given.get(i).key();
      stored.add(
          new OpenAttempt(
              ids.next(),
              request.request().id(),
              request.pool().workspaceId(),
              request.attemptNumber(),
              numbers.get(i),
              key.id(),
              key.name(),
              request.pool().provider(),
              request.model(),
              now));
      if (request.needsFirstKey()) {
        requests.add(request.request());
      }
    }
    List<EncryptedSecret> secrets =
        KeyRotation.assign(
            tx,
            given.stream().map(one -> one.key().id()).toList(),
            numbers,
            GatewayRows.open(requests, stored, ledger.node()));
    var grants = new IdentityHashMap<SeatRequest, SeatGrant>();
    for (int i = 0; i < given.size(); i++) {
      AssignedSeat one = given.get(i);
      grants.put(
          one.request(),
          new SeatGrant.Granted(
              stored.get(i).id(), one.key(), secrets.get(i), one.rate(), selector.isProbe()));
    }
    return grants;
  }
}
