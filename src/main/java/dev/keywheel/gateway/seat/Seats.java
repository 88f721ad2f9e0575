package dev.keywheel.gateway.seat;

import static java.util.stream.Collectors.toSet;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.gateway.ledger.AttemptOutcome;
import dev.keywheel.gateway.ledger.DatabaseFailure;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRows;
import dev.keywheel.gateway.ledger.GatewayRows.OpenAttempt;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Usage;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each attempt of a request the next key of its pool's rotation. All that wait for a pool are
 * served by one transaction after the other, so that batches grow with the load and the number of
 * transactions stays at the database's own pace.
 */
public final class Seats {
  private static final Logger log = LoggerFactory.getLogger(Seats.class);

  /** The most requests in one transaction. */
  static final int BATCH = 512;

  private static final Duration WITHIN = Duration.ofSeconds(5);
  private static final String FULL =
      "The gateway has too many outcomes to store before it can take another request.";

  /** The answer to a request that was cancelled while it waited; its client may be gone. */
  public static final String ENDED = "The request ended while it waited for a key.";

  /** Not virtual: each answer of the database would wake three threads instead of one. */
  private static final Executor SERVING =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          2,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().daemon().name("gateway-seats-", 0).factory());

  private final Database database;
  private final GatewayLedger ledger;
  private final InstantSource clock;
  private final CallsPerKey calls = new CallsPerKey();
  private final SeatBatch seatBatch;
  private final Executor serving;
  private volatile @Nullable GatewayLog gatewayLog;
  private final Map<PoolId, Line> lines = new ConcurrentHashMap<>();

  /** The database refused a change since a request got a key. */
  private final AtomicBoolean refusing = new AtomicBoolean();

  public Seats(
      Database database, KeyRotation rotation, GatewayLedger ledger, Ids ids, InstantSource clock) {
    this(database, rotation, ledger, ids, clock, SERVING);
  }

  Seats(
      Database database,
      KeyRotation rotation,
      GatewayLedger ledger,
      Ids ids,
      InstantSource clock,
      Executor serving) {
    this.database = database;
    this.ledger = ledger;
    this.clock = clock;
    this.seatBatch = new SeatBatch(rotation, ledger, ids, calls, clock);
    this.serving = serving;
  }

  /** Reports replacements and refusals to this log. */
  public void reportTo(GatewayLog log) {
    gatewayLog = log;
  }

  /**
   * The provider refused a call with the key because of those in flight. Nothing is learned from it
   * when these cannot be counted. No transaction may be open.
   */
  public void tooManyInFlight(ApiKey key) {
    try {
      int inFlight =
          database
              .inTx(tx -> GatewayRows.openAttempts(tx, key.pool(), ledger.endedAttempts()))
              .getOrDefault(key.id(), 1);
      calls.refused(key.id(), inFlight, clock.instant());
    } catch (RuntimeException e) {
      if (!(e instanceof Database.Away)) {
        log.warn("The calls in flight of key {} could not be counted: {}", key.id(), e.toString());
      }
    }
  }

  /** Whether the database refuses a change for the first time since a request got a key. */
  public boolean firstRefusal() {
    return refusing.compareAndSet(false, true);
  }

  /** Waits for a key. When one is granted, its attempt is committed. */
  public SeatGrant take(SeatRequest request) throws InterruptedException {
    return take(request, _ -> {});
  }

  /**
   * @param cancellation given what ends the wait
   */
  public SeatGrant take(SeatRequest request, Consumer<Runnable> cancellation)
      throws InterruptedException {
    if (!ledger.accepts()) {
      return new SeatGrant.Unavailable(FULL);
    }
    var waiting = new Waiting(request, new CompletableFuture<>());
    lines.computeIfAbsent(request.pool(), Line::new).join(waiting);
    cancellation.accept(() -> waiting.abandon(ENDED));
    try {
      return waiting.grant().get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      return waiting.leave();
    } catch (InterruptedException e) {
      waiting.abandon();
      throw e;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private record Waiting(SeatRequest request, CompletableFuture<SeatGrant> grant) {
    /** The grant, if it came at the last moment. */
    SeatGrant leave() {
      abandon();
      return grant.join();
    }

    void abandon() {
      abandon(DatabaseFailure.AWAY);
    }

    void abandon(String why) {
      grant.complete(new SeatGrant.Unavailable(why));
    }

    /** The attempt for which the request got its key. */
    Stream<UUID> attempt() {
      return grant.getNow(null) instanceof SeatGrant.Granted granted
          ? Stream.of(granted.attemptId())
          : Stream.empty();
    }
  }

  /** The requests that wait for one pool. */
  private final class Line {
    private final PoolId pool;
    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean served = new AtomicBoolean();

    Line(PoolId pool) {
      this.pool = pool;
    }

    void join(Waiting one) {
      waiting.add(one);
      if (served.compareAndSet(false, true)) {
        start(one);
      }
    }

    private void start(Waiting one) {
      try {
        serving.execute(this::serve);
      } catch (RuntimeException | Error e) {
        one.abandon();
        served.set(false); // the next request tries again
        throw e;
      }
    }

    private void serve() {
      do {
        try {
          for (var batch = next(); !batch.isEmpty(); batch = next()) {
            serve(batch);
          }
        } finally {
          served.set(false);
        }
      } while (!waiting.isEmpty() && served.compareAndSet(false, true));
    }

    private List<Waiting> next() {
      var batch = new ArrayList<Waiting>();
      Waiting one;
      while (batch.size() < BATCH && (one = waiting.poll()) != null) {
        if (!one.grant().isDone()) {
          batch.add(one);
        }
      }
      return batch;
    }

    private void serve(List<Waiting> batch) {
      var stored = new ArrayList<OpenAttempt>();
      try {
        var requests = batch.stream().map(Waiting::request).toList();
        var grants =
            Database.page(() -> database.inTx(tx -> seatBatch.fill(tx, pool, requests, stored)));
        for (int i = 0; i < batch.size(); i++) {
          give(batch.get(i), grants.get(i));
        }
      } catch (RuntimeException e) {
        logFailure(batch.size(), e);
        end(batch, stored, DatabaseFailure.sentence(e));
      } catch (Error e) {
        end(batch, stored, DatabaseFailure.AWAY);
        throw e;
      }
    }

    private void logFailure(int requests, RuntimeException e) {
      boolean refused = TransientErrors.refusesChanges(e);
      if (refused && firstRefusal()) {
        log.error("Gateway requests get no key: the database refuses changes", e);
      } else if (!refused && !(e instanceof Database.Away)) {
        log.warn("{} gateway requests got no key: {}", requests, e.toString());
      }
    }

    /** Closes the attempts that no request got, and refuses the requests that wait. */
    private void end(List<Waiting> batch, List<OpenAttempt> stored, String why) {
      try {
        Set<UUID> granted = batch.stream().flatMap(Waiting::attempt).collect(toSet());
        stored.stream()
            .filter(attempt -> !granted.contains(attempt.id()))
            .forEach(attempt -> notSent(attempt.id(), attempt.keyId()));
      } finally {
        batch.forEach(one -> one.abandon(why));
      }
    }

    private void give(Waiting one, SeatGrant grant) {
      boolean taken = one.grant().complete(grant);
      var logged = gatewayLog;
      if (grant instanceof SeatGrant.Granted granted) {
        refusing.set(false);
        if (!taken) {
          notSent(granted.attemptId(), granted.key().id());
        } else if (logged != null) {
          logged.granted(one.request(), granted);
        }
      } else if (logged != null) {
        logged.refused(one.request(), grant);
      }
    }

    /** The attempt may be stored, and nothing is sent for it. */
    private void notSent(UUID attemptId, UUID keyId) {
      ledger.ended(
          new AttemptOutcome(
              attemptId,
              keyId,
              GatewayAttemptState.NOT_SENT,
              null,
              "not_sent",
              Usage.NONE,
              0,
              null,
              null,
              clock.instant()));
    }
  }
}
