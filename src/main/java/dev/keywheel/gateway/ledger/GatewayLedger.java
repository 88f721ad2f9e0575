package dev.keywheel.gateway.ledger;

import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.gateway.ledger.GatewayRows.ClosedRequest;
import dev.keywheel.gateway.ledger.OutcomeQueue.Group;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.JobDefinition.Recurring;
import dev.keywheel.key.pool.KeyUses;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.time.Deadline;
import dev.keywheel.time.Delayer;
import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Stores the outcomes of requests and attempts in groups, shortly after they end, so that no client
 * waits for the database. Outcomes that cannot be stored are kept until the database is back.
 */
public final class GatewayLedger {
  private static final Logger log = LoggerFactory.getLogger(GatewayLedger.class);

  /** Pause between groups. */
  private static final Duration GROUP_PAUSE = Duration.ofMillis(50);

  /** Interval of the tasks that run between groups. */
  private static final Duration UPKEEP_INTERVAL = Duration.ofMillis(250);

  /** Maximum wait until an outcome is stored; the client may already have its answer. */
  private static final Duration STORE_WAIT = Duration.ofSeconds(1);

  private static final Duration FAILURE_PAUSE = Duration.ofSeconds(1);

  private final Database database;
  private final UUID node;
  private final NodeLiveness nodes;
  private final GatewayDays days;
  private final InstantSource clock;
  private final Delayer delayer;
  private final OutcomeQueue queue = new OutcomeQueue();
  private final InFlightRequests inFlight = new InFlightRequests();
  private final RequestAborts aborts;
  private final IdempotencyKeys idempotencyKeys;
  private final Thread writer;
  private volatile Runnable upkeep = () -> {};
  private volatile boolean used;

  /** Periods in which the database refuses to store outcomes; used by the writer only. */
  private final FailurePeriod refusals;

  /** Periods in which the tasks that run between groups fail; used by the writer only. */
  private final FailurePeriod upkeepFailures;

  /**
   * @param node the id of this node, new at each start of the process
   */
  public GatewayLedger(
      Database database, SettingsStore settings, UUID node, InstantSource clock, Delayer delayer) {
    this.database = database;
    this.nodes = new NodeLiveness(database, node, clock);
    this.days = new GatewayDays(database, settings, clock);
    this.node = node;
    this.clock = clock;
    this.delayer = delayer;
    this.refusals = new FailurePeriod(clock);
    this.upkeepFailures = new FailurePeriod(clock);
    this.aborts = new RequestAborts(database, node, inFlight, clock);
    this.idempotencyKeys = new IdempotencyKeys(database, clock, this::awaitStored);
    this.writer = Thread.ofVirtual().name("gateway-outcomes").unstarted(this::write);
  }

  /**
   * @param upkeep called about four times a second
   */
  public void start(Runnable upkeep) {
    this.upkeep = upkeep;
    writer.start();
  }

  public List<JobDefinition> jobs() {
    return List.of(
        new Recurring("gateway-unknown", Duration.ofSeconds(15), nodes::closeUnknown),
        new Recurring("gateway-minutes", Duration.ofMinutes(10), this::removeExpired),
        new Recurring("gateway-days", Duration.ofHours(1), days::maintain));
  }

  /**
   * Closes requests that a killed process left open. Call it only if no other node uses the
   * database.
   */
  public void releaseAll() {
    nodes.closeAllOthers();
  }

  public UUID node() {
    return node;
  }

  public InFlightRequests inFlight() {
    return inFlight;
  }

  public RequestAborts aborts() {
    return aborts;
  }

  public IdempotencyKeys idempotencyKeys() {
    return idempotencyKeys;
  }

  /**
   * Whether a request may begin: false while too many outcomes wait for the database. After the
   * first call, this node records that it is alive.
   */
  public boolean accepts() {
    used = true;
    return !queue.full();
  }

  /** Whether the database is known to be unreachable, so that a request is refused immediately. */
  public boolean databaseUnavailable() {
    return database.isUnavailable();
  }

  /** Number of outcomes that wait for the database. */
  public int waiting() {
    return queue.size();
  }

  /** Records the outcome of an attempt. */
  public void recordEnd(AttemptOutcome outcome) {
    queue.add(outcome);
  }

  /**
   * Records the final outcome of a request, after the outcomes of its attempts.
   *
   * @param limited whether the token limits parallel requests: the outcome is then stored
   *     immediately
   */
  public void close(GatewayRequest request, RequestOutcome outcome, boolean limited) {
    queue.add(new ClosedRequest(request, outcome), limited);
    inFlight.remove(request.id());
  }

  /** Requests of these tokens that have ended, but whose rows may still be open. */
  public List<UUID> endedOf(Set<UUID> tokens) {
    return queue.endedOf(tokens);
  }

  /** Attempts that have ended, but whose rows may still be open. */
  public List<UUID> endedAttempts() {
    return queue.endedAttempts();
  }

  private void awaitStored(UUID request) {
    var deadline = new Deadline(STORE_WAIT);
    try {
      inFlight.awaitEnd(request, deadline);
      queue.awaitStored(request, deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stores the waiting outcomes within this time; the rest become {@code unknown} later. */
  public void stop(Duration within) {
    queue.close();
    try {
      writer.join(within);
      writer.interrupt();
      writer.join(Duration.ofSeconds(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    try {
      while (true) {
        try {
          writeUntilClosed();
          return;
        } catch (Error e) { // such as a lack of memory: without this thread no outcome is stored
          log.error(
              "The outcomes of gateway requests could not be stored; another attempt follows", e);
          delayer.sleep(FAILURE_PAUSE);
        }
      }
    } catch (InterruptedException e) {
      log.warn(
          "{} outcomes of gateway requests were not stored: the database did not answer",
          waiting());
    }
  }

  private void writeUntilClosed() throws InterruptedException {
    upkeep();
    var sinceUpkeep = new Stopwatch();
    Duration pause = UPKEEP_INTERVAL;
    while (true) {
      var group = queue.next(pause);
      pause = group.size() > 0 ? GROUP_PAUSE : UPKEEP_INTERVAL;
      if (group.size() > 0) {
        for (Group part : group.splitByKind()) {
          store(part);
        }
      } else if (queue.isClosed()) {
        if (used) {
          nodes.leave();
        }
        return;
      }
      if (sinceUpkeep.elapsed().compareTo(UPKEEP_INTERVAL) >= 0) {
        upkeep();
        sinceUpkeep = new Stopwatch();
      }
    }
  }

  private void removeExpired() {
    database.runTx(
        tx -> GatewayRows.removeMinutes(tx, clock.instant().minus(Duration.ofMinutes(10))));
    aborts.removeOld();
    idempotencyKeys.removeExpired();
  }

  private void upkeep() {
    if (refusals.ended()) {
      log.info("The outcomes of gateway requests are stored again");
    }
    try {
      if (used) {
        nodes.beat();
        nodes.closeLost(inFlight.ids());
        aborts.abortRequested();
      }
      queue.addUncommitted(clock.instant());
      upkeep.run();
      upkeepFailures.recordSuccess();
      if (upkeepFailures.ended()) {
        log.info("The maintenance tasks of the gateway ledger succeed again");
      }
    } catch (RuntimeException e) {
      log.atLevel(upkeepFailures.recordFailure() ? Level.WARN : Level.DEBUG)
          .log("A maintenance task of the gateway ledger failed: {}", TransientErrors.cause(e));
    }
  }

  private void store(Group group) throws InterruptedException {
    try {
      var closed = new HashSet<UUID>();
      database.runTx(
          tx -> {
            var attempts = group.attempts();
            closed.clear();
            if (!attempts.isEmpty()) {
              KeyUses.lock(tx, attempts.stream().map(AttemptOutcome::keyId).toList());
              closed.addAll(GatewayRows.closeAttempts(tx, attempts));
              KeyUses.record(
                  tx,
                  attempts.stream()
                      .filter(outcome -> outcome.sent() && closed.contains(outcome.id()))
                      .map(AttemptOutcome::use));
            }
            if (!group.requests().isEmpty()) {
              GatewayRows.closeRequests(tx, group.requests(), node);
            }
          });
      queue.removeStored(group);
      queue.keepUncommitted(group.attempts(), closed, clock.instant());
      refusals.recordSuccess();
    } catch (RuntimeException e) {
      if (TransientErrors.isOfDatabase(e)) {
        boolean refused = TransientErrors.refusesChanges(e) || !TransientErrors.isTransient(e);
        if (!refused) {
          refusals.recordOtherFailure();
        } else if (refusals.recordFailure()) {
          log.error("The outcomes of gateway requests wait: the database refuses to store them", e);
        }
        delayer.sleep(FAILURE_PAUSE);
      } else if (group.size() == 1) {
        log.error("The outcome of a gateway request cannot be stored, so it is dropped", e);
        queue.removeStored(group);
      } else {
        for (Group half : group.splitInHalves()) {
          store(half);
        }
      }
    }
  }
}
