package dev.keywheel.recovery;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.JobDefinition.OneTime;
import dev.keywheel.job.JobDefinition.Recurring;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.search.SelectionQuery;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.batch.BatchWorker;
import dev.keywheel.recovery.batch.BatchWriter;
import dev.keywheel.recovery.batch.Refusals;
import dev.keywheel.recovery.batch.ResultSignal;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.BatchSelectionRepository;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tests keys concurrently and applies the results. Only {@link #deepTest} sends requests that cost
 * money or quota. At most one batch runs for a pool across all nodes. A request during a batch adds
 * its keys to that batch, and waits for its own keys only. A batch is durable: when its node dies,
 * another node continues it.
 *
 * <p>No method may be called inside a transaction.
 */
public final class Recovery implements AutoCloseable {
  static final String JOB = "recovery";
  static final String FORGOTTEN_JOB = "recovery.forgotten";
  static final String DUE_JOB = "recovery.due";

  /** Poll interval for running batches without a job. */
  private static final Duration FORGOTTEN_POLL_INTERVAL = Duration.ofMinutes(1);

  private final Database database;
  private final KeyPool keys;
  private final Providers providers;
  private final Jobs jobs;
  private final InstantSource clock;
  private final ResultSignal resultSignal = new ResultSignal();
  private final Refusals refusals = new Refusals();
  private final BatchRepository batchRepository = new BatchRepository();
  private final KeyTestRepository tests = new KeyTestRepository();
  private final BatchStart start;
  private final BatchAwaiter awaiter;
  private final SynchronousKeyTester synchronousKeyTester;
  private final DeepTester deepTester;
  private final BatchWorker batchWorker;

  public Recovery(
      Database database,
      KeyPool keys,
      Providers providers,
      SettingsStore settings,
      ExecutionLog log,
      Jobs jobs,
      Ids ids,
      InstantSource clock,
      Delayer delayer) {
    this.database = database;
    this.keys = keys;
    this.providers = providers;
    this.jobs = jobs;
    this.clock = clock;
    this.start = new BatchStart(keys, log, jobs, ids, clock);
    this.awaiter = new BatchAwaiter(database, log, jobs, resultSignal, clock);
    this.synchronousKeyTester =
        new SynchronousKeyTester(database, keys, providers, settings, log, ids, clock, delayer);
    this.deepTester = new DeepTester(database, keys, providers, log, clock, synchronousKeyTester);
    var writer = new BatchWriter(database, keys, log, jobs, clock, resultSignal, refusals);
    this.batchWorker =
        new BatchWorker(
            database, keys, providers, settings, writer, clock, delayer, this::recordAccepted);
  }

  /** The jobs that run and retry batches, and that request due checks. */
  public List<JobDefinition> jobs() {
    var due = new DueChecks(database, keys, providers, this, clock);
    return List.of(
        new OneTime(JOB, instance -> batchWorker.run(UUID.fromString(instance))),
        new OneTime(BatchWriter.RETRY_JOB, instance -> due.retry(UUID.fromString(instance))),
        new Recurring(
            FORGOTTEN_JOB,
            FORGOTTEN_POLL_INTERVAL,
            () -> database.runTx(tx -> jobs.scheduleMissing(tx, JOB, BatchRepository.running()))),
        new Recurring(DUE_JOB, DueChecks.POLL_INTERVAL, due::requestDueTests));
  }

  /**
   * Requests a test of the keys: starts a batch, or adds the keys to the pool's running batch,
   * which tests a key again if a user requests it. Durable when it returns. Disabled and deleted
   * keys, and keys of another pool, are left out; the ticket is empty if no key remains. The start
   * is also logged for the run {@code runId}.
   */
  public BatchTicket requestTests(
      PoolId pool,
      Trigger trigger,
      @Nullable Principal who,
      @Nullable UUID runId,
      Collection<UUID> wanted) {
    var batchTicket =
        database.inTx(tx -> start.requestTests(tx, pool, trigger, who, runId, wanted));
    if (!batchTicket.isEmpty()) {
      jobs.nudge();
      resultSignal.signal();
    }
    return batchTicket;
  }

  /**
   * Up to {@value BatchSelectionRepository#MAX_FOR_RUN} limited and failed keys of the pool, except
   * those that a batch for a low pool or due checks has tested since {@code since}. Keys that
   * another kind of test has tested since then are included, because that test may have changed
   * their state.
   */
  public List<UUID> testableUnlessRetested(Tx tx, PoolId pool, Instant since) {
    return keys.rechecks()
        .findTestableIds(
            tx, pool, tests.retested(pool, since), BatchSelectionRepository.MAX_FOR_RUN);
  }

  /** Pools whose running batch still has more than {@code keys} keys to test. */
  Set<PoolId> busy(int keys) {
    return database.read(dsl -> batchRepository.busy(dsl, keys));
  }

  /**
   * Requests a test of all limited and failed keys of the workspace's pools, as {@link
   * #requestTests}.
   */
  public List<BatchTicket> requestTestsOfUnusable(Principal who) {
    return requestTestsOfUnusable(who, pools(who));
  }

  /** Like {@link #requestTestsOfUnusable(Principal)}, but only for one pool. */
  public List<BatchTicket> requestTestsOfUnusable(Principal who, PoolId of) {
    return requestTestsOfUnusable(who, pools(who).stream().filter(of::equals).toList());
  }

  private List<BatchTicket> requestTestsOfUnusable(Principal who, List<PoolId> pools) {
    return requestTests(
        tx -> pools.stream().map(pool -> start.requestTestsOfUnusable(tx, pool, who)).toList());
  }

  /** Requests a test of all keys of the workspace that are not disabled: {@link #requestTests}. */
  public List<BatchTicket> requestTestsOfAll(Principal who) {
    var now = clock.instant();
    var pools = pools(who);
    return requestTests(tx -> start.requestTestsOfMatching(tx, pools, who, KeyFilter.ALL, now));
  }

  /**
   * Requests a test of all keys that match, as {@link #requestTests}.
   *
   * @throws dev.keywheel.problem.Conflict when the number of matching keys is not the number that
   *     the user saw
   */
  public List<BatchTicket> requestTestsOfMatching(Principal who, Selection.Matching matching) {
    var pools = pools(who);
    return requestTests(
        tx -> {
          SelectionQuery.unlocked(tx, who, matching);
          return start.requestTestsOfMatching(tx, pools, who, matching.filter(), matching.asOf());
        });
  }

  private List<PoolId> pools(Principal who) {
    return keys.status().pools(who.workspaceId());
  }

  private List<BatchTicket> requestTests(Function<Tx, List<BatchTicket>> asking) {
    var tickets = database.inTx(asking).stream().filter(ticket -> !ticket.isEmpty()).toList();
    if (!tickets.isEmpty()) {
      jobs.nudge();
      resultSignal.signal();
    }
    return tickets;
  }

  /** See {@link BatchAwaiter#await}. */
  public BatchResult await(BatchTicket batchTicket, Duration atMost) {
    return awaiter.await(batchTicket, atMost);
  }

  /**
   * Tests one key immediately, in the caller's thread, and applies the result. Used for a key that
   * was refused in a run or at the gateway, or whose check is due while requests wait. A refusal
   * takes two checks and a pause of 2 s. The test is part of the history, but not of a batch with
   * other keys.
   *
   * @param evidence whether a refusal is evidence against the key; called once, only after a
   *     refusal. If it returns false, the test is inconclusive and the key keeps its status
   * @throws NotFound when the key was deleted
   */
  public KeyTestResult confirm(
      PoolId pool, UUID keyId, Trigger trigger, Actor by, Predicate<ApiKey> evidence) {
    return synchronousKeyTester.confirm(pool, keyId, trigger, by, evidence);
  }

  /**
   * Whether the provider accepts the key now. Checks it in the caller's thread and stores nothing.
   */
  public boolean isAccepted(ApiKey key) {
    return synchronousKeyTester.ask(key.pool(), KeyToTest.of(key)) instanceof CheckOutcome.Accepted;
  }

  /**
   * Requests a minimal completion through the key, which costs money. Call it only for a user who
   * has seen the {@link DeepTestOffer}. The test is part of the history, but not of a batch with
   * other keys. Blocks until the answer arrives.
   *
   * @param requestId id from the form; a repeated submission sends no second test
   * @param audit writes the audit event, in the transaction before the request is sent
   * @throws dev.keywheel.problem.Conflict when the test was already requested
   * @throws NotFound when the key was deleted
   * @throws dev.keywheel.problem.Rejected when the key is disabled
   */
  public KeyTestResult deepTest(
      UUID requestId, PoolId pool, UUID keyId, String model, Principal who, Consumer<Tx> audit) {
    return deepTester.test(requestId, pool, keyId, model, who, audit);
  }

  /** The refusals of keys, counted together for batches and for calls. */
  public Refusals refusals() {
    return refusals;
  }

  /** Reports an accepted key. If every key was refused before, the marked keys are tested. */
  public void recordAccepted(PoolId pool) {
    refusals.recordAccepted(
        pool,
        marked -> {
          database.runTx(tx -> keys.status().setNotice(tx, pool, null));
          requestTests(pool, Trigger.DUE_CHECK, null, null, marked);
        });
  }

  /**
   * Cancels a running batch immediately. Stored results are kept; other keys count as not tested.
   *
   * @return false when the batch is already over
   * @throws NotFound when the workspace has no such batch
   */
  public boolean cancel(UUID workspace, UUID recoveryId, String who) {
    var pool =
        database
            .read(dsl -> batchRepository.pool(dsl, workspace, recoveryId))
            .orElseThrow(() -> new NotFound("There is no such test."));
    boolean cancelled = database.inTx(tx -> start.cancel(tx, pool, recoveryId, who));
    resultSignal.signal();
    return cancelled;
  }

  /**
   * Stops the batches of this node soon; another node continues them. Must be called before the
   * jobs are closed.
   */
  @Override
  public void close() {
    batchWorker.stop();
  }

  /** Requests a test of what an inconclusive batch did not test. */
  void retry(PoolId pool, UUID inconclusive) {
    requestTests(tx -> List.of(start.retry(tx, pool, inconclusive)));
  }
}
