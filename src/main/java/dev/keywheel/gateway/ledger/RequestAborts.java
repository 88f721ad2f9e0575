package dev.keywheel.gateway.ledger;

import static dev.keywheel.db.schema.Tables.GATEWAY_ABORTS;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;

/**
 * Aborts requests, including those of other nodes: each node polls a table about once a second
 * while it answers any request.
 */
public final class RequestAborts {
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

  /** Time after which rows that no node has taken are deleted. */
  private static final Duration KEPT_FOR = Duration.ofMinutes(10);

  private final Database database;
  private final UUID node;
  private final InFlightRequests inFlight;
  private final InstantSource clock;
  private Stopwatch sinceLastPoll = new Stopwatch();

  public enum Result {
    /** The request was in flight on this node, which aborted it. */
    ABORTED,
    /** The node that serves the request was asked to abort it. */
    REQUESTED,
    /** The request is not in flight, or its node has stopped. */
    NOT_IN_FLIGHT
  }

  RequestAborts(Database database, UUID node, InFlightRequests inFlight, InstantSource clock) {
    this.database = database;
    this.node = node;
    this.inFlight = inFlight;
    this.clock = clock;
  }

  public Result abort(UUID request) {
    if (inFlight.abort(request)) {
      return Result.ABORTED;
    }
    int asked =
        database.inTx(
            tx ->
                tx.dsl()
                    .execute(
                        """
                        insert into gateway_aborts (request_id, node, asked_at)
                        select r.id, r.node, {1} from gateway_requests r join gateway_nodes n on n.id = r.node
                         where r.id = {0} and r.state = 'in_flight' and r.node <> {2}
                        on conflict (request_id) do update set asked_at = excluded.asked_at
                        """,
                        val(request), val(clock.instant()), val(node)));
    return asked > 0 ? Result.REQUESTED : Result.NOT_IN_FLIGHT;
  }

  /**
   * Aborts the requests that other nodes want aborted; reads the table at most once a second. If
   * their rows cannot be deleted, the next call aborts the requests again.
   */
  void abortRequested() {
    if (inFlight.count() == 0 || sinceLastPoll.elapsed().compareTo(POLL_INTERVAL) < 0) {
      return;
    }
    sinceLastPoll = new Stopwatch();
    List<UUID> asked =
        database.read(
            dsl ->
                dsl.select(GATEWAY_ABORTS.REQUEST_ID)
                    .from(GATEWAY_ABORTS)
                    .where(GATEWAY_ABORTS.NODE.eq(node))
                    .fetch(GATEWAY_ABORTS.REQUEST_ID));
    asked.forEach(inFlight::abort);
    if (!asked.isEmpty()) {
      database.runTx(
          tx ->
              tx.dsl()
                  .deleteFrom(GATEWAY_ABORTS)
                  .where(GATEWAY_ABORTS.REQUEST_ID.in(asked))
                  .execute());
    }
  }

  void removeOld() {
    database.runTx(
        tx ->
            tx.dsl()
                .deleteFrom(GATEWAY_ABORTS)
                .where(GATEWAY_ABORTS.ASKED_AT.lt(clock.instant().minus(KEPT_FOR)))
                .execute());
  }
}
