package dev.keywheel.recovery;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobResult;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.ApiKey;
import dev.keywheel.key.KeyPool;
import dev.keywheel.key.PoolId;
import dev.keywheel.key.Seen;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.people.Person;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.Providers;
import dev.keywheel.settings.Settings;
import dev.keywheel.time.Pause;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tests keys all at once and applies what is learnt; nothing it sends costs money or quota, but for
 * {@link #deepTest}. At most one batch runs for a pool at any moment over all nodes: who asks while
 * one runs joins it, adds the keys it does not hold yet, and waits for its own keys only. A batch
 * is durable: what was asked for is tested even when the node that began dies.
 *
 * <p>No method may be called inside a transaction.
 */
public final class Recovery implements AutoCloseable {
  static final String JOB = "recovery";
  static final String RETRY_JOB = "recovery.retry";
  static final String FORGOTTEN_JOB = "recovery.forgotten";
  static final String DUE_JOB = "recovery.due";

  /** Askers on other nodes than the batch's look this often; those on its node are told. */
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  /** How long a batch that lost its job stands still. */
  private static final Duration LOOK_FOR_FORGOTTEN = Duration.ofMinutes(1);

  private final Database database;
  private final KeyPool keys;
  private final ExecutionLog log;
  private final Jobs jobs;
  private final InstantSource clock;
  private final Bell bell = new Bell();
  private final Recoveries recoveries = new Recoveries();
  private final KeyTests tests = new KeyTests();
  private final BatchStart start;
  private final OneKey oneKey;
  private final DeepTest deepTest;
  private final Batches batches;

  /** Registers its jobs: to be made before {@link Jobs#start}. */
  public Recovery(
      Database database,
      KeyPool keys,
      Providers providers,
      Settings settings,
      ExecutionLog log,
      Jobs jobs,
      Ids ids,
      InstantSource clock,
      Pause pause) {
    this.database = database;
    this.keys = keys;
    this.log = log;
    this.jobs = jobs;
    this.clock = clock;
    this.start = new BatchStart(keys, log, jobs, ids, clock);
    this.oneKey = new OneKey(database, keys, providers, settings, log, ids, clock, pause);
    this.deepTest = new DeepTest(database, keys, providers, log, clock, oneKey);
    var writer = new BatchWriter(database, keys, log, jobs, clock, bell);
    this.batches = new Batches(database, keys, providers, settings, writer, clock, pause);
    var due = new DueChecks(keys, this, clock);
    jobs.register(JOB, instance -> batches.run(UUID.fromString(instance)));
    jobs.register(RETRY_JOB, instance -> retry(UUID.fromString(instance)));
    jobs.every(FORGOTTEN_JOB, LOOK_FOR_FORGOTTEN, this::scheduleForgotten);
    jobs.every(DUE_JOB, DueChecks.LOOK_EVERY, due::askDue);
  }

  /**
   * Has the keys tested: starts a batch, or joins the one that runs for the pool. Durable when it
   * returns. Disabled and deleted keys, and keys of another pool, are left out; when none is left,
   * or none was given, the ticket is empty. For a run the batch's first lines go into its log.
   */
  public Ticket ask(
      PoolId pool,
      Trigger trigger,
      @Nullable Person who,
      @Nullable UUID runId,
      Collection<UUID> wanted) {
    var ticket = database.inTx(tx -> start.ask(tx, pool, trigger, who, runId, wanted));
    if (!ticket.isEmpty()) {
      jobs.nudge();
      bell.ring();
    }
    return ticket;
  }

  /**
   * The limited and failed keys of the pool, without those that a batch for a low pool or a due
   * check has tested since then. A test that a person asked for, or that a refused call led to,
   * leaves a key in: what it found may have changed because of it.
   */
  public List<UUID> testableUnlessRetested(Tx tx, PoolId pool, Instant since) {
    var retested = tests.retested(tx.dsl(), pool, since);
    return keys.testable(tx, pool).stream().filter(key -> !retested.contains(key)).toList();
  }

  /** {@link #ask} for all limited and failed keys of each pool of the workspace. */
  public List<Ticket> askAll(Person who) {
    var tickets = new ArrayList<Ticket>();
    for (var pool : keys.pools(who.workspaceId())) {
      var ticket = database.inTx(tx -> start.askAll(tx, pool, who));
      if (!ticket.isEmpty()) {
        tickets.add(ticket);
      }
    }
    if (!tickets.isEmpty()) {
      jobs.nudge();
      bell.ring();
    }
    return tickets;
  }

  /**
   * Waits until each of the ticket's keys has its result, at most so long; an interrupt ends the
   * waiting and stays set. For a run, what becomes of its keys goes into its log meanwhile, each
   * line once however often this is called. A node that stops waits no longer.
   */
  public Result await(Ticket ticket, Duration atMost) {
    var recovery = ticket.recoveryId();
    if (recovery == null) {
      return Result.NOTHING;
    }
    var left = atMost;
    while (true) {
      long rings = bell.rings();
      boolean finished = look(ticket, recovery);
      if (finished) {
        return new Result(true, ticket.ended());
      }
      if (jobs.stopping().begun()) {
        return new Result(false, all(ticket, recovery));
      }
      if (!left.isPositive()) {
        return waited(ticket, recovery, atMost);
      }
      var slice = left.compareTo(LOOK_EVERY) < 0 ? left : LOOK_EVERY;
      try {
        left = left.minus(slice).plus(bell.await(rings, slice));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Result(false, all(ticket, recovery));
      }
    }
  }

  /** Reads what is new to the asker and tells its run; true when none of its keys waits. */
  private boolean look(Ticket ticket, UUID recovery) {
    var progress = database.read(dsl -> recoveries.progress(dsl, recovery));
    boolean over = progress.isEmpty() || !progress.get().running();
    if (over || ticket.isNews(progress.get().ended())) {
      var fresh = database.read(dsl -> tests.ended(dsl, recovery, ticket.waiting()));
      ticket.add(fresh);
      boolean finished = over || ticket.waiting().isEmpty();
      tell(ticket, fresh, finished);
      return finished;
    }
    return ticket.waiting().isEmpty();
  }

  private Result waited(Ticket ticket, UUID recovery, Duration atMost) {
    var results = all(ticket, recovery);
    var run = ticket.runId();
    if (run != null && ticket.finishOnce()) {
      var line = BatchLog.goingOn(Tally.of(results), atMost);
      database.runTx(tx -> log.append(tx, run, clock.instant(), List.of(line)));
    }
    return new Result(false, results);
  }

  private List<KeyTestResult> all(Ticket ticket, UUID recovery) {
    return database.read(dsl -> tests.of(dsl, recovery, ticket.keys()));
  }

  /**
   * Tests one key now, in the caller's thread, and applies the verdict: for a key that was refused
   * in the middle of a run. Takes two checks and 2 s when the key is refused. Part of the history,
   * but not of any batch.
   *
   * @param evidence whether a refusal is evidence against the key; asked once, when it is refused.
   *     When it is not, the test is inconclusive and the key keeps its status
   * @throws NotFound when the key was deleted
   */
  public KeyTestResult confirm(PoolId pool, UUID keyId, Seen by, Predicate<ApiKey> evidence) {
    return oneKey.confirm(pool, keyId, by, evidence);
  }

  /**
   * Asks a model for a smallest completion through the key, which costs: only for a person who has
   * seen {@link DeepTestOffer}. Part of the history, but not of any batch. Blocks for the answer.
   *
   * @param requestId from the form: a test is sent once, however often its form is
   * @param deed written in the transaction before it is sent
   * @throws dev.keywheel.problem.Conflict when it was asked for already
   * @throws NotFound when the key was deleted
   * @throws dev.keywheel.problem.Refused when it is disabled
   */
  public KeyTestResult deepTest(
      UUID requestId, PoolId pool, UUID keyId, String model, Person who, Consumer<Tx> deed) {
    return deepTest.test(requestId, pool, keyId, model, who, deed);
  }

  /**
   * Ends a running batch at once. What was learnt stays; keys without a result get none. False when
   * the batch is over already.
   *
   * @throws NotFound when the workspace has no such batch
   */
  public boolean cancel(UUID workspace, UUID recoveryId, String who) {
    var pool =
        database
            .read(dsl -> recoveries.pool(dsl, workspace, recoveryId))
            .orElseThrow(() -> new NotFound("There is no such recovery."));
    boolean cancelled = database.inTx(tx -> cancel(tx, pool, recoveryId, who));
    bell.ring();
    return cancelled;
  }

  /**
   * Before the jobs are closed: batches of this node stop within a moment, for another to go on.
   */
  @Override
  public void close() {
    batches.stop();
  }

  private void tell(Ticket ticket, List<KeyTestResult> fresh, boolean finished) {
    var run = ticket.runId();
    if (run == null) {
      return;
    }
    var lines = new ArrayList<LogLine>();
    fresh.stream().filter(KeyTestResult::recovered).map(BatchLog::recovered).forEach(lines::add);
    if (finished && ticket.finishOnce()) {
      lines.add(BatchLog.completed(Tally.of(ticket.ended())));
    }
    if (!lines.isEmpty()) {
      database.runTx(tx -> log.append(tx, run, clock.instant(), lines));
    }
  }

  private boolean cancel(Tx tx, PoolId pool, UUID recovery, String who) {
    keys.lock(tx, pool);
    var now = clock.instant();
    if (!recoveries.end(tx, recovery, BatchState.CANCELLED, "Cancelled by " + who, now)) {
      return false;
    }
    tests.fillWaiting(tx, recovery, TestOutcome.CANCELLED, null, now);
    keys.postponeCancelled(tx, recovery);
    tests.recount(tx, recovery);
    log.append(
        tx, recovery, now, List.of(BatchLog.cancelled(recoveries.tally(tx.dsl(), recovery), who)));
    return true;
  }

  private void scheduleForgotten() {
    database.runTx(tx -> jobs.scheduleMissing(tx, JOB, Recoveries.running()));
  }

  /** Asks again for what an inconclusive batch could not test and nobody tested since. */
  private JobResult retry(UUID recovery) {
    var pool = database.read(dsl -> recoveries.pool(dsl, recovery));
    if (pool.isPresent()) {
      var untested = database.read(dsl -> tests.untested(dsl, recovery));
      ask(pool.get(), Trigger.DUE, null, null, untested);
    }
    return new JobResult.Done();
  }
}
