package dev.keywheel.gateway.seat;

import static java.util.stream.Collectors.toSet;

import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.db.Tx;
import dev.keywheel.gateway.ledger.AttemptOutcome;
import dev.keywheel.gateway.ledger.DatabaseFailure;
import dev.keywheel.gateway.ledger.FailurePeriod;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRows.OpenAttempt;
import dev.keywheel.key.state.PoolId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves a batch of requests in one transaction, or refuses them when the transaction fails. */
final class SeatBatchRunner {
  private static final Logger log = LoggerFactory.getLogger(SeatBatchRunner.class);

  private final Database database;
  private final SeatBatch seatBatch;
  private final GatewayLedger ledger;
  private final GatewayLog gatewayLog;
  private final InstantSource clock;

  /** Periods in which the database refuses changes. */
  private final FailurePeriod refusals;

  SeatBatchRunner(
      Database database,
      SeatBatch seatBatch,
      GatewayLedger ledger,
      GatewayLog gatewayLog,
      InstantSource clock) {
    this.database = database;
    this.seatBatch = seatBatch;
    this.ledger = ledger;
    this.gatewayLog = gatewayLog;
    this.clock = clock;
    this.refusals = new FailurePeriod(clock);
  }

  boolean recordRefusal() {
    return refusals.recordFailure();
  }

  void serve(PoolId pool, List<PendingSeat> batch) {
    var stored = new ArrayList<OpenAttempt>();
    var waiting = new ArrayList<PendingSeat>();
    try {
      var grants =
          Database.page(
              () ->
                  database.inTx(
                      tx -> {
                        // Some may have given up while the batch waited for a connection.
                        batch.stream().filter(PendingSeat::waits).forEach(waiting::add);
                        return fill(tx, pool, waiting, stored);
                      }));
      for (int i = 0; i < waiting.size(); i++) {
        give(waiting.get(i), grants.get(i));
      }
    } catch (RuntimeException e) {
      logFailure(batch.size(), e);
      end(batch, stored, DatabaseFailure.sentence(e));
    } catch (Error e) {
      end(batch, stored, DatabaseFailure.UNAVAILABLE);
      throw e;
    }
  }

  private List<SeatGrant> fill(
      Tx tx, PoolId pool, List<PendingSeat> waiting, List<OpenAttempt> stored) {
    var requests = waiting.stream().map(PendingSeat::request).toList();
    return requests.isEmpty() ? List.of() : seatBatch.fill(tx, pool, requests, stored);
  }

  private void logFailure(int requests, RuntimeException e) {
    boolean refused = TransientErrors.refusesChanges(e);
    if (refused && recordRefusal()) {
      log.error("Gateway requests get no key: the database refuses changes", e);
    } else if (!refused && !(e instanceof Database.KnownOutageException)) {
      log.warn(
          "{} got no key: {}",
          requests == 1 ? "A gateway request" : requests + " gateway requests",
          TransientErrors.cause(e));
    }
  }

  /** Closes the attempts that no request got, and refuses the requests that still wait. */
  private void end(List<PendingSeat> batch, List<OpenAttempt> stored, String why) {
    try {
      Set<UUID> granted = batch.stream().flatMap(PendingSeat::attempt).collect(toSet());
      stored.stream()
          .filter(attempt -> !granted.contains(attempt.id()))
          .map(open -> AttemptOutcome.notSent(open.id(), open.keyId(), clock.instant()))
          .forEach(ledger::recordEnd);
    } finally {
      batch.forEach(seat -> seat.abandon(why));
    }
  }

  private void give(PendingSeat seat, SeatGrant grant) {
    boolean taken = seat.grant().complete(grant);
    if (grant instanceof SeatGrant.Granted granted) {
      refusals.recordSuccess();
      if (refusals.ended()) {
        log.info("Gateway requests get keys again");
      }
      if (!taken) {
        closeUnsent(granted);
      } else {
        gatewayLog.logGrant(seat.request(), granted);
      }
    }
  }

  /** Closes an attempt that may be stored but is never sent. */
  void closeUnsent(SeatGrant.Granted granted) {
    ledger.recordEnd(
        AttemptOutcome.notSent(granted.attemptId(), granted.key().id(), clock.instant()));
  }
}
