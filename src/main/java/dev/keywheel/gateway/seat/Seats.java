package dev.keywheel.gateway.seat;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.ledger.GatewayRows;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.rotation.pause.PauseProbes;
import dev.keywheel.time.Delayer;
import dev.keywheel.time.TimeLimits;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Assigns the next key of a pool's rotation to each attempt of a request. The requests that wait
 * for a pool are served in batches, one transaction after the other, so that batches grow with the
 * load.
 */
public final class Seats {
  private static final Logger log = LoggerFactory.getLogger(Seats.class);

  /** Maximum wait of a request for a key. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  private static final String TOO_MANY_OUTCOMES =
      "The gateway must first store the outcomes of earlier requests. Try again in a moment.";

  /**
   * The answer to a request that was cancelled while it waited; its client may have disconnected.
   */
  public static final String CANCELLED = "The request ended while it waited for a key.";

  /**
   * Platform threads: with virtual threads, each answer of the database would wake three threads.
   */
  static final Executor SERVING =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          2,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().daemon().name("gateway-seats-", 0).factory());

  private final Database database;
  private final GatewayLedger ledger;
  private final GatewayLog gatewayLog;
  private final InstantSource clock;
  private final Delayer delayer;
  private final CallsPerKey calls = new CallsPerKey();
  private final TimeLimits limits;
  private final SeatBatchRunner runner;
  private final Executor serving;
  private final Duration maxWait;
  private final Map<PoolId, SeatQueue> queues = new ConcurrentHashMap<>();

  public Seats(
      Database database,
      KeyRotation rotation,
      GatewayLedger ledger,
      GatewayLog gatewayLog,
      Ids ids,
      InstantSource clock,
      Delayer delayer,
      PauseProbes probes) {
    this(
        database,
        rotation,
        ledger,
        gatewayLog,
        ids,
        clock,
        delayer,
        probes,
        SERVING,
        new TimeLimits(),
        MAX_WAIT);
  }

  Seats(
      Database database,
      KeyRotation rotation,
      GatewayLedger ledger,
      GatewayLog gatewayLog,
      Ids ids,
      InstantSource clock,
      Delayer delayer,
      PauseProbes probes,
      Executor serving,
      TimeLimits limits,
      Duration maxWait) {
    this.database = database;
    this.ledger = ledger;
    this.gatewayLog = gatewayLog;
    this.clock = clock;
    this.delayer = delayer;
    var batch = new SeatBatch(rotation, ledger, ids, calls, clock, probes);
    this.runner = new SeatBatchRunner(database, batch, ledger, gatewayLog, clock);
    this.serving = serving;
    this.limits = limits;
    this.maxWait = maxWait;
  }

  /**
   * Lowers the limit of calls in flight of a key after the provider refused a call because too many
   * were in flight. Does nothing if they cannot be counted. Must not be called within a
   * transaction.
   */
  public void recordTooManyInFlight(ApiKey key) {
    try {
      int inFlight =
          database
              .inTx(tx -> GatewayRows.openAttempts(tx, key.pool(), ledger.endedAttempts()))
              .getOrDefault(key.id(), 1);
      calls.lowerLimit(key.id(), inFlight, clock.instant());
    } catch (RuntimeException e) {
      if (!(e instanceof Database.KnownOutageException)) {
        log.warn(
            "The calls in flight of key {} could not be counted: {}",
            key.id(),
            TransientErrors.cause(e));
      }
    }
  }

  /** Logs that a request gets no key for a target, unless it was cancelled or the gateway fails. */
  public void logRefusal(GatewayRequest request, String model, SeatGrant refusal) {
    gatewayLog.logRefusal(request, model, refusal);
  }

  /** Records that the database refused a change. Returns whether a period of refusals begins. */
  public boolean recordRefusal() {
    return runner.recordRefusal();
  }

  /** Waits up to 5 s for a key. When a key is granted, its attempt is already committed. */
  public SeatGrant take(SeatRequest request) throws InterruptedException {
    return take(request, _ -> {});
  }

  /**
   * @param cancellation receives the action that ends the wait
   */
  public SeatGrant take(SeatRequest request, Consumer<Runnable> cancellation)
      throws InterruptedException {
    if (!ledger.accepts()) {
      return new SeatGrant.Unavailable(TOO_MANY_OUTCOMES);
    }
    var waiting = new PendingSeat(request, new CompletableFuture<>());
    try {
      queues.computeIfAbsent(request.pool(), this::queue).join(waiting);
      cancellation.accept(() -> waiting.abandon(CANCELLED));
      try (var _ = limits.after(maxWait, waiting::timeOut)) {
        return waiting.grant().get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | RuntimeException | Error e) {
      leave(waiting);
      throw e;
    }
  }

  /** Ends a wait. A key that was granted at the same moment is not used: its attempt is closed. */
  void leave(PendingSeat waiting) {
    waiting.abandon();
    if (waiting.grant().getNow(null) instanceof SeatGrant.Granted granted) {
      runner.closeUnsent(granted);
    }
  }

  private SeatQueue queue(PoolId pool) {
    return new SeatQueue(serving, batch -> runner.serve(pool, batch), delayer);
  }
}
