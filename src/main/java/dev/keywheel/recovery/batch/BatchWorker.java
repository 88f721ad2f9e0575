package dev.keywheel.recovery.batch;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobResult;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.limit.InconclusiveReason;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.BatchRepository.ClaimedBatch;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.VaultSealedException;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a batch: tests all its keys concurrently, while a single thread writes their states. A batch
 * is a durable job: when its node dies, another node takes the batch over and tests the keys
 * without a result. The fence rejects later writes of the first node.
 *
 * <p>The refusal of a key that was not failed before is held back until a key of the batch is
 * accepted or the batch ends, because the provider may be the cause.
 */
public final class BatchWorker {
  private static final Logger LOG = LoggerFactory.getLogger(BatchWorker.class);

  /** Poll interval for keys that were added on another node, and for a cancellation. */
  private static final Duration POLL_INTERVAL = Duration.ofMillis(200);

  /** Maximum number of refusals that are held back; then all of them are judged. */
  private static final int MAX_HELD_BACK = 20_000;

  private final Database database;
  private final KeyPool keys;
  private final Providers providers;
  private final SettingsStore settings;
  private final BatchWriter writer;
  private final InstantSource clock;
  private final Delayer delayer;
  private final KeyChecker keyChecker;
  private final Consumer<PoolId> accepted;
  private final int maxHeldBack;
  private final BatchRepository batchRepository = new BatchRepository();
  private final KeyTestRepository tests = new KeyTestRepository();
  private final SocketBudget socketBudget = new SocketBudget();
  private volatile boolean stopping;

  /**
   * @param accepted called with the pool when a key of a batch was accepted
   */
  public BatchWorker(
      Database database,
      KeyPool keys,
      Providers providers,
      SettingsStore settings,
      BatchWriter writer,
      InstantSource clock,
      Delayer delayer,
      Consumer<PoolId> accepted) {
    this(database, keys, providers, settings, writer, clock, delayer, accepted, MAX_HELD_BACK);
  }

  BatchWorker(
      Database database,
      KeyPool keys,
      Providers providers,
      SettingsStore settings,
      BatchWriter writer,
      InstantSource clock,
      Delayer delayer,
      Consumer<PoolId> accepted,
      int maxHeldBack) {
    this.database = database;
    this.keys = keys;
    this.providers = providers;
    this.settings = settings;
    this.writer = writer;
    this.clock = clock;
    this.delayer = delayer;
    this.keyChecker = new KeyChecker(delayer);
    this.accepted = accepted;
    this.maxHeldBack = maxHeldBack;
  }

  /** Runs the batch until it ends, another node takes it over, or this node stops. */
  public JobResult run(UUID recovery) {
    var taken = database.inTx(tx -> takeOver(tx, recovery));
    if (taken.isEmpty()) {
      return new JobResult.Done();
    }
    try (var thread = new WriterThread()) {
      WriterThread.result(
          thread.start(
              () -> {
                work(taken.get());
                return true;
              }));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    }
    return stopping ? new JobResult.Again(clock.instant()) : new JobResult.Done();
  }

  /** Takes the batch over with the pool locked, so that no other node is writing states. */
  private Optional<ClaimedBatch> takeOver(Tx tx, UUID recovery) {
    var pool = batchRepository.pool(tx.dsl(), recovery);
    pool.ifPresent(of -> keys.rotation().lock(tx, of));
    return pool.flatMap(_ -> batchRepository.takeOver(tx, recovery));
  }

  /** Stops the batches of this node; another node continues them immediately. */
  public void stop() {
    stopping = true;
  }

  private void work(ClaimedBatch batch) throws InterruptedException {
    try {
      var provider = providers.byName(batch.pool().provider());
      int atOnce = socketBudget.take(settingsOf(batch).atOnce());
      try (var test = new BatchTester(atOnce, delayer)) {
        work(batch, provider, test, atOnce);
      } finally {
        socketBudget.release(atOnce);
      }
    } catch (NotFound | VaultSealedException e) {
      // An unknown provider or a sealed vault says nothing about a key.
      writer.inconclusive(batch, Integer.MAX_VALUE, InconclusiveReason.INTERNAL, sentenceOf(e));
    }
  }

  private void work(ClaimedBatch batch, Provider provider, BatchTester test, int atOnce)
      throws InterruptedException {
    var pause = keys.status().findPause(batch.pool());
    var heldBack = new ArrayList<KeyCheckResult>();
    var batchCircuitBreaker = new BatchCircuitBreaker();
    int known = database.read(dsl -> batchRepository.keyCountIfRunning(dsl, batch)).orElse(0);
    var feed = new KeyFeed(database, tests, writer, batch, known);
    var deadline = settingsOf(batch).deadline();
    try (var groups = new GroupWriter(writer.results(), batch, feed::recordWritten)) {
      while (!stopping) {
        feed(batch, provider, test, feed, atOnce, deadline);
        var group = test.next(POLL_INTERVAL);
        group.forEach(batchCircuitBreaker::record);
        if (group.stream().anyMatch(tested -> tested.outcome() instanceof CheckOutcome.Accepted)) {
          accepted.accept(batch.pool());
        }
        test.hold(batchCircuitBreaker.tripped().isPresent());
        var ready = takeReady(batch, group, heldBack, batchCircuitBreaker);
        boolean ours = ready.isEmpty() || groups.write(ready, test.outstanding() > 0);
        var now = database.read(dsl -> batchRepository.keyCountIfRunning(dsl, batch));
        if (!ours || now.isEmpty()) {
          groups.finish();
          keep(batch, test, ours ? List.of() : ready, batchCircuitBreaker);
          return;
        }
        if (!feed.restartIfMore(now.get()) && isOver(test, feed, batchCircuitBreaker)) {
          if (!groups.finish()
              || end(batch, feed.total(), heldBack, batchCircuitBreaker, pause)
                  != BatchWriter.Ending.MORE) {
            return;
          }
          // A key whose secret was replaced since then is tested again; its old result is dropped.
          heldBack.retainAll(
              database.inTx(tx -> keys.updater().withCurrentSecret(tx, List.copyOf(heldBack))));
          feed.restart(heldBack);
        }
      }
    }
  }

  /** Called when the batch is over or lost: stores results that arrived before a cancellation. */
  private void keep(
      ClaimedBatch batch,
      BatchTester test,
      List<KeyCheckResult> inHand,
      BatchCircuitBreaker batchCircuitBreaker) {
    var rest = test.drain();
    rest.forEach(batchCircuitBreaker::record);
    if (batchCircuitBreaker.tripped().isEmpty()) {
      var learnt = new ArrayList<>(inHand);
      learnt.addAll(takeReady(batch, rest, new ArrayList<>(), batchCircuitBreaker));
      writer.results().writeCancelled(batch, learnt);
    }
  }

  /** Starts tests of further keys while fewer tests are outstanding than may run at once. */
  private void feed(
      ClaimedBatch batch,
      Provider provider,
      BatchTester test,
      KeyFeed feed,
      int atOnce,
      Duration deadline) {
    while (test.outstanding() < atOnce && !feed.ended()) {
      var fresh = feed.next();
      var ids = fresh.stream().map(KeyToTest::keyId).toList();
      var secrets = keys.secrets().openAll(batch.pool().workspaceId(), ids);
      test.add(fresh, key -> ask(provider, key, secrets.get(key.keyId()), deadline));
    }
  }

  private List<KeyCheckResult> takeReady(
      ClaimedBatch batch,
      List<KeyCheckResult> group,
      List<KeyCheckResult> heldBack,
      BatchCircuitBreaker batchCircuitBreaker) {
    var ready = new ArrayList<KeyCheckResult>();
    for (var tested : group) {
      boolean marks =
          tested.outcome() instanceof CheckOutcome.Unauthorized
              && tested.key().from() != KeyStatus.FAILED;
      (marks && !batchCircuitBreaker.anyGood() ? heldBack : ready).add(tested);
    }
    if (batchCircuitBreaker.anyGood() || heldBack.size() >= maxHeldBack) {
      ready.addAll(writer.judgeNow(batch, heldBack, batchCircuitBreaker));
      heldBack.clear();
    }
    return ready;
  }

  private static boolean isOver(
      BatchTester test, KeyFeed feed, BatchCircuitBreaker batchCircuitBreaker) {
    return (test.outstanding() == 0 && feed.ended())
        || (batchCircuitBreaker.tripped().isPresent() && test.isIdle());
  }

  private BatchWriter.Ending end(
      ClaimedBatch batch,
      int known,
      List<KeyCheckResult> heldBack,
      BatchCircuitBreaker batchCircuitBreaker,
      Optional<PoolPause> pause) {
    var tripped = batchCircuitBreaker.tripped();
    if (tripped.isEmpty()) {
      return writer.finish(batch, known, heldBack, batchCircuitBreaker, pause);
    }
    var reason = tripped.get();
    return writer.inconclusive(batch, known, reason, reason.sentence() + ", for every key alike");
  }

  /** Tests one key. If the key cannot be decrypted, only its own test fails, not the batch. */
  private CheckOutcome ask(
      Provider provider, KeyToTest key, @Nullable Supplier<Secret> secret, Duration deadline)
      throws InterruptedException {
    if (secret == null) {
      return notAsked(InconclusiveReason.TAKEN_OUT);
    }
    try {
      return keyChecker.ask(provider, secret.get(), key.from() == KeyStatus.FAILED, deadline);
    } catch (IllegalStateException damaged) {
      LOG.error("Key {} cannot be opened", key.keyId(), damaged);
      return notAsked(InconclusiveReason.TAKEN_OUT);
    } catch (RuntimeException e) {
      LOG.error("Key {} could not be tested", key.keyId(), e);
      return notAsked(InconclusiveReason.INTERNAL);
    }
  }

  private CheckOutcome notAsked(InconclusiveReason reason) {
    var evidence =
        new Evidence(clock.instant(), "key check", null, "not asked", "", Map.of(), null);
    return new CheckOutcome.Inconclusive(reason, null, evidence, 0);
  }

  private RecoverySettings settingsOf(ClaimedBatch batch) {
    return RecoverySettings.of(settings, batch.pool().workspaceId());
  }

  /** The message without a full stop, because texts continue after it. */
  private static String sentenceOf(RuntimeException e) {
    return String.valueOf(e.getMessage()).replaceFirst("\\.$", "");
  }
}
