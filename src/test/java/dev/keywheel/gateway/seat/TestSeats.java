package dev.keywheel.gateway.seat;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.rotation.KeyJudge;
import dev.keywheel.rotation.pause.PauseProbes;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.TestWheel;
import dev.keywheel.time.Delayer;
import dev.keywheel.time.TimeLimits;
import java.time.Duration;
import java.util.concurrent.Executor;

/** The ledger and the seats of a node, over a test's pool. */
public final class TestSeats {
  /** Shortens the ledger's wait after a database failure to a fiftieth. */
  private static final Delayer FAST = duration -> Delayer.real().sleep(duration.dividedBy(50));

  /** A request that a test holds may wait for as long as the test. */
  static final Duration PATIENT = Duration.ofSeconds(60);

  private TestSeats() {}

  public static GatewayLedger ledger(TestPool pool) {
    return ledger(pool, pool.database);
  }

  static GatewayLedger ledger(TestPool pool, Database database) {
    return new GatewayLedger(
        database, new SettingsStore(database), pool.ids.next(), pool.clock, FAST);
  }

  public static Seats seats(
      TestPool pool, GatewayLedger ledger, GatewayLog log, PauseProbes probes) {
    return seats(pool, pool.database, ledger, log, probes);
  }

  public static Seats seats(TestPool pool, Database database, GatewayLedger ledger) {
    return seats(pool, database, ledger, log(pool, database), new PauseProbes());
  }

  private static Seats seats(
      TestPool pool, Database database, GatewayLedger ledger, GatewayLog log, PauseProbes probes) {
    return new Seats(
        database,
        pool.pool.rotation(),
        ledger,
        log,
        pool.ids,
        pool.clock,
        Delayer.real(),
        probes,
        Seats.SERVING,
        new TimeLimits(),
        PATIENT);
  }

  /**
   * Checks of refused keys run in {@code checks}, so that they end before the test that causes
   * them.
   */
  public static AnswerJudge judge(
      TestPool pool, KeyJudge judge, Recovery recovery, Executor checks) {
    return new AnswerJudge(
        pool.database, pool.pool, judge, recovery, pool.clock, new BackgroundChecks(checks));
  }

  static AnswerJudge judge(TestWheel wheel) {
    return new AnswerJudge(
        wheel.pool.database,
        wheel.pool.pool,
        wheel.calls.judge(),
        wheel.recovery,
        wheel.pool.clock,
        new BackgroundChecks());
  }

  static GatewayLog log(TestPool pool, Database database) {
    return new GatewayLog(database, new ExecutionLog(database), pool.clock);
  }
}
