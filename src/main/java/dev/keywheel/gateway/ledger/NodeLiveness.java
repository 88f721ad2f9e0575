package dev.keywheel.gateway.ledger;

import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.db.Tx;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tracks which nodes are alive. Requests and attempts that a node left open get the state {@code
 * unknown} once the node has not been seen for {@link #DEAD_AFTER}. A node that comes back stores
 * the outcomes that it still has. Each node also closes its own rows whose outcome was lost.
 */
final class NodeLiveness {
  private static final Logger log = LoggerFactory.getLogger(NodeLiveness.class);

  static final Duration BEAT_INTERVAL = Duration.ofSeconds(5);

  /** A node that has not been seen for this long counts as dead. */
  static final Duration DEAD_AFTER = Duration.ofSeconds(45);

  /**
   * Minimum age of an open row that its node has lost; the attempts of a request take at most an
   * hour together.
   */
  static final Duration LOST_AFTER = Duration.ofHours(2);

  static final Duration LOST_INTERVAL = Duration.ofMinutes(10);

  private static final int PART_SIZE = 5_000;

  /** A node stores its attempts before their requests, so some may be known. */
  private static final String USAGE_OF_ATTEMPTS =
      """
      , (prompt_tokens, completion_tokens, reasoning_tokens, cost, cost_known) = (
          select sum(prompt_tokens), sum(completion_tokens), sum(reasoning_tokens), sum(cost),
                 coalesce(bool_or(cost_known), false)
            from gateway_attempts a where a.request_id = r.id)""";

  private final Database database;
  private final UUID node;
  private final InstantSource clock;
  private TimeWindow recentlySeen = TimeWindow.OVER;
  private TimeWindow recentlySearched = TimeWindow.OVER;

  NodeLiveness(Database database, UUID node, InstantSource clock) {
    this.database = database;
    this.node = node;
    this.clock = clock;
  }

  /** Records that this node is alive, at most once per {@link #BEAT_INTERVAL}. */
  void beat() {
    var now = clock.instant();
    if (recentlySeen.contains(now)) {
      return;
    }
    database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    """
                    insert into gateway_nodes (id, seen_at) values ({0}, {1})
                    on conflict (id) do update set seen_at = excluded.seen_at
                    """,
                    val(node), val(now)));
    recentlySeen = TimeWindow.from(now, BEAT_INTERVAL);
  }

  /**
   * Removes this node after it has stopped and stored all outcomes. Without a database, its row is
   * removed by another node, or after the next start.
   */
  void leave() {
    try {
      database.runTx(tx -> tx.dsl().execute("delete from gateway_nodes where id = {0}", val(node)));
    } catch (RuntimeException e) {
      log.warn("The row of this stopped node was not removed: {}", TransientErrors.cause(e));
    }
  }

  /**
   * Closes old requests and attempts that this node left open, because their outcome could not be
   * stored. Searches for them at most once per {@link #LOST_INTERVAL}, also if a search fails.
   *
   * @param inFlight the requests that this node still answers, however old they are
   */
  void closeLost(Set<UUID> inFlight) {
    var now = clock.instant();
    if (recentlySearched.contains(now)) {
      return;
    }
    recentlySearched = TimeWindow.from(now, LOST_INTERVAL);
    closeUnknown(
        condition("o.node = {0}", val(node)),
        now.minus(LOST_AFTER),
        inFlight,
        "their outcome could not be stored");
  }

  /** Closes the requests and attempts that dead nodes left open. */
  void closeUnknown() {
    closeUnknown(clock.instant().minus(DEAD_AFTER));
  }

  /**
   * Closes the requests and attempts of all other nodes. Call it only if no other node uses the
   * database.
   */
  void closeAllOthers() {
    database.runTx(tx -> tx.dsl().execute("delete from gateway_nodes where id <> {0}", val(node)));
    closeUnknown(clock.instant().plus(DEAD_AFTER));
  }

  /**
   * @param lastSeenBefore a node last seen before this time counts as dead; requests and attempts
   *     that began later stay open
   */
  private void closeUnknown(Instant lastSeenBefore) {
    var ofDeadNode =
        condition(
            "o.node <> {0} and not exists (select from gateway_nodes n where n.id = o.node and n.seen_at >= {1})",
            val(node), val(lastSeenBefore));
    closeUnknown(ofDeadNode, lastSeenBefore, Set.of(), "their node is gone");
    database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "delete from gateway_nodes where seen_at < {0} and id <> {1}",
                    val(lastSeenBefore), val(node)));
  }

  private void closeUnknown(Condition which, Instant before, Set<UUID> inFlight, String why) {
    for (var table : new String[] {"gateway_attempts", "gateway_requests"}) {
      int closed;
      do {
        closed = database.inTx(tx -> closeUnknown(tx, table, which, before, inFlight));
        if (closed > 0) {
          log.warn("{} rows of {} have an unknown outcome: {}", closed, table, why);
        }
      } while (closed == PART_SIZE);
    }
  }

  private int closeUnknown(
      Tx tx, String table, Condition which, Instant before, Set<UUID> inFlight) {
    boolean attempts = table.equals("gateway_attempts");
    return tx.dsl()
        .execute(
            """
            update %1$s r set state = 'unknown', ended_at = {0}%4$s
             where id in (
               select o.id from %1$s o
                where o.state = '%2$s' and o.%3$s < {1} and {2} and o.%5$s <> all({3})
                order by o.id limit {4} for no key update skip locked)
            """
                .formatted(
                    table,
                    attempts ? "sent" : "in_flight",
                    attempts ? "opened_at" : "started_at",
                    attempts ? "" : USAGE_OF_ATTEMPTS,
                    attempts ? "request_id" : "id"),
            val(clock.instant()),
            val(before),
            which,
            val(inFlight.toArray(UUID[]::new)),
            val(PART_SIZE));
  }
}
