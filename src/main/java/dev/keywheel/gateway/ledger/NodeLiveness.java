package dev.keywheel.gateway.ledger;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes that answer requests, and the requests that they left open: their outcome is unknown
 * once the node has not been seen for a while. When the node comes back, it stores the outcomes
 * that it knows.
 */
final class NodeLiveness {
  private static final Logger log = LoggerFactory.getLogger(NodeLiveness.class);

  static final Duration BEAT = Duration.ofSeconds(5);

  /** A node that has not been seen for so long is dead. */
  static final Duration SILENT = Duration.ofSeconds(45);

  private static final int PART = 5_000;

  private static final String CLOSE_ATTEMPTS =
      """
      with dead as materialized (
        select o.id from gateway_open_requests o
         where o.node <> {2}
           and not exists (select from gateway_nodes n where n.id = o.node and n.seen_at >= {1})
      ), closed as (
        update gateway_attempts set state = 'unknown', ended_at = {0}
         where id in (
           select a.id
             from dead join gateway_requests r using (id)
             join gateway_attempts a on a.request_id = r.id and a.id >= first_id_of(r.started_at::date - 1)
            where a.state = 'sent' and a.opened_at < {1}
            order by a.id limit {3} for no key update of a skip locked)
        returning id)
      select count(*)::int from closed
      """;

  private static final String CLOSE_REQUESTS =
      """
      with dead as materialized (
        select o.id from gateway_open_requests o
         where o.node <> {2}
           and not exists (select from gateway_nodes n where n.id = o.node and n.seen_at >= {1})
      ), closed as (
        update gateway_requests set state = 'unknown', ended_at = {0}
         where id in (
           select r.id
             from dead join gateway_requests r using (id)
            where r.state = 'in_flight' and r.started_at < {1}
            order by r.id limit {3} for no key update of r skip locked)
        returning id, workspace_id, state
      ), unsuccessful as (
        insert into gateway_unsuccessful_requests (id, workspace_id, state)
        select id, workspace_id, state from closed
        on conflict do nothing)
      select count(*)::int from closed
      """;

  /**
   * A request is removed from the list by the process that closes it, but for those of the version
   * before, those closed above, and those that had an attempt to be closed.
   */
  private static final String UNLIST =
      """
      with closed as materialized (
        select r.id, r.started_at
          from gateway_open_requests o,
               lateral (select * from gateway_requests r where r.id = o.id and r.state <> 'in_flight' offset 0) r)
      delete from gateway_open_requests o
       using closed c
       where o.id = c.id
         and not exists (
           select from gateway_attempts a
            where a.request_id = c.id and a.id >= first_id_of(c.started_at::date - 1) and a.state = 'sent')
      """;

  private final Database database;
  private final UUID node;
  private final InstantSource clock;
  private Instant seen = Instant.MIN;

  NodeLiveness(Database database, UUID node, InstantSource clock) {
    this.database = database;
    this.node = node;
    this.clock = clock;
  }

  /** Records at intervals that this node is alive. */
  void beat() {
    var now = clock.instant();
    if (seen.plus(BEAT).isAfter(now)) {
      return;
    }
    database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    """
                    insert into gateway_nodes (id, seen_at, lists_requests) values ({0}, {1}, true)
                    on conflict (id) do update set seen_at = excluded.seen_at
                    """,
                    val(node), val(now)));
    seen = now;
  }

  /** This node answers nothing more, and has stored everything. */
  void leave() {
    database.runTx(tx -> tx.dsl().execute("delete from gateway_nodes where id = {0}", val(node)));
  }

  /** Closes what dead nodes left open. */
  void closeUnknown() {
    closeUnknown(clock.instant().minus(SILENT));
  }

  /** Closes requests of other nodes: none of them can use the database. */
  void closeAllOthers() {
    database.runTx(tx -> tx.dsl().execute("delete from gateway_nodes where id <> {0}", val(node)));
    closeUnknown(clock.instant().plus(SILENT));
  }

  /**
   * @param alive nodes seen before are dead, and so are those without a row that have something
   *     open from before
   */
  private void closeUnknown(Instant alive) {
    while (database.inTx(tx -> listThoseOfOldNodes(tx, alive))) {
      log.info(
          "No node of the version before is left: an index that only its requests need is dropped");
    }
    closeAll("attempts", CLOSE_ATTEMPTS, alive);
    closeAll("requests", CLOSE_REQUESTS, alive);
    database.runTx(tx -> tx.dsl().execute(UNLIST));
    database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "delete from gateway_nodes where seen_at < {0} and id <> {1}",
                    val(alive), val(node)));
  }

  private static boolean listThoseOfOldNodes(Tx tx, Instant alive) {
    return tx.dsl()
        .fetchSingle("select list_gateway_requests_of_old_nodes({0})", val(alive))
        .get(0, Boolean.class);
  }

  private void closeAll(String what, String statement, Instant alive) {
    int closed;
    do {
      closed =
          database.inTx(
              tx ->
                  tx.dsl()
                      .fetchSingle(
                          statement, val(clock.instant()), val(alive), val(node), val(PART))
                      .get(0, Integer.class));
      if (closed > 0) {
        log.warn("{} gateway {} have an unknown outcome: their node is gone", closed, what);
      }
    } while (closed == PART);
  }
}
