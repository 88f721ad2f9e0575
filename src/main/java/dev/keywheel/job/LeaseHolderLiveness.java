package dev.keywheel.job;

import static org.jooq.impl.DSL.val;

import com.github.kagkarlsson.scheduler.CurrentlyExecuting;
import com.github.kagkarlsson.scheduler.event.AbstractSchedulerListener;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds nodes that are alive although they cannot renew their leases, which are otherwise taken
 * over within {@link Jobs#TAKEN_OVER_WITHIN}. On a full disk some writes fail and others succeed,
 * so one node may be able to take over a lease that another cannot renew. A node that fails to
 * renew sets the application name of a session to its own name and the time, which needs no disk
 * space; other nodes find the name in the server's list of sessions.
 */
final class LeaseHolderLiveness extends AbstractSchedulerListener {
  private static final Logger log = LoggerFactory.getLogger(LeaseHolderLiveness.class);

  /** Maximum age of the published time. A failed renewal is repeated every five seconds. */
  private static final Duration MAX_AGE = Duration.ofSeconds(20);

  /** Prefix of the application name; short, because the server truncates names to 63 bytes. */
  private static final String ALIVE = "alive ";

  private final DSLContext dsl;
  private final String node;
  private final InstantSource clock;

  /**
   * @param connections a pool that keeps the named session open and needs no write to lend a
   *     connection: a write could fail on a full disk
   * @param clock shared by all nodes
   */
  LeaseHolderLiveness(DataSource connections, String node, InstantSource clock) {
    this.dsl = DSL.using(connections, SQLDialect.POSTGRES);
    this.node = node;
    this.clock = clock;
  }

  @Override
  public void onExecutionFailedHeartbeat(CurrentlyExecuting execution) {
    publish();
  }

  void publish() {
    try {
      var name = ALIVE + seconds(clock.instant()) + " " + node;
      dsl.fetch("select set_config('application_name', {0}, false)", val(name));
    } catch (DataAccessException e) {
      log.debug("This node could not report that it is running", e);
    }
  }

  /**
   * Makes the instance due again, unless the node that holds it is alive. The scheduler's own
   * handler would use the clock of this machine, which may be ahead.
   */
  <T> void revive(ExecutionComplete dead, ExecutionOperations<T> operations) {
    if (!isAlive(String.valueOf(dead.getExecution().pickedBy))) {
      operations.reschedule(dead, clock.instant());
    }
  }

  /**
   * Whether a recent session has the holder's name. Sessions of roles that cannot update leases are
   * ignored, because any session can set its name.
   */
  boolean isAlive(String holder) {
    return dsl.fetchSingle(
            """
            select exists (
              select from pg_stat_activity
              where application_name like {0} || '% ' || {1} and split_part(application_name, ' ', 2) >= {2}
                and has_table_privilege(usesysid, 'scheduled_tasks', 'update'))
            """,
            val(ALIVE), val(holder), val(seconds(clock.instant().minus(MAX_AGE))))
        .get(0, Boolean.class);
  }

  /** Epoch seconds, which are comparable as text: their length stays the same for centuries. */
  private static String seconds(Instant at) {
    return String.valueOf(at.getEpochSecond());
  }
}
