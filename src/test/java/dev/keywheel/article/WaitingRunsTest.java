package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.run.engine.RunJob;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobResult;
import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.Observations;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.run.RunState;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.RunRows;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.TestKeys;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs whose pool has no usable key: their key checks, and what wakes them. */
class WaitingRunsTest {
  private static final int KEYS = 30;
  private static final Duration POLL = Duration.ofSeconds(2);

  @AutoClose private final ScriptedUpstream upstream = new ScriptedUpstream();

  @AutoClose
  private final ArticleWorkshop shop =
      new ArticleWorkshop("openrouter", upstream.base(), ToolCheck.none("not in this test"));

  private final KeyCommands edits =
      new KeyCommands(
          shop.pool.database, shop.pool.audit, shop.jobs, shop.pool.ids, shop.pool.clock);

  /** The due time of each run's job. */
  private final Map<UUID, Instant> due = new LinkedHashMap<>();

  /**
   * The scheduler uses the system clock. After ten seconds it deletes the rows of jobs that it does
   * not have, such as those of the runs, if they were due two weeks ago; rows due in its future are
   * not executed.
   */
  @BeforeEach
  void setClock() {
    shop.pool.clock.set(Instant.now().truncatedTo(ChronoUnit.SECONDS).minus(Duration.ofDays(1)));
  }

  @Test
  void two_waiting_runs_check_a_failed_key_at_most_once_a_minute() {
    shop.startJobs();
    addFailedKeys(KEYS);
    begin(2);
    int minutes = 4;
    advance(Duration.ofMinutes(minutes));
    assertThat(due.keySet())
        .allSatisfy(run -> assertThat(state(run)).isEqualTo(RunState.WAITING_KEYS));
    assertThat(upstream.checked()).hasSizeBetween(KEYS, KEYS * minutes);
    assertThat(lowPoolBatches()).isBetween(1, minutes);
  }

  @Test
  void a_waiting_run_resumes_only_when_its_pool_gains_a_key() {
    shop.startJobs();
    var keys = addFailedKeys(3);
    begin(1);
    change(tx -> shop.pool.pool.status().setNotice(tx, shop.pool.id, "a notice"));
    assertThat(wakes()).as("a notice is not a key").isFalse();
    var other = new PoolId(shop.pool.workspace, "another");
    change(tx -> add(tx, other));
    assertThat(wakes()).as("a key of another pool").isFalse();
    change(tx -> recordRefusals(tx, keys));
    assertThat(wakes()).as("a key that failed again").isFalse();
    edits.disable(shop.pool.admin, Selection.of(List.of(keys.getFirst())));
    assertThat(wakes()).as("a key that was disabled").isFalse();

    edits.enable(shop.pool.admin, Selection.of(List.of(keys.getFirst())));
    assertThat(wakes()).as("a key that was enabled").isTrue();
    var deletion = edits.delete(shop.pool.admin, Selection.of(List.of(keys.getLast())));
    assertThat(wakes()).as("a key that was deleted").isFalse();
    edits.undo().undoDeletion(shop.pool.admin, deletion.id());
    assertThat(wakes()).as("a key that was restored").isTrue();
    change(
        tx ->
            shop.pool
                .pool
                .status()
                .pausePool(
                    tx,
                    shop.pool.id,
                    new PoolPause(
                        shop.pool.clock.instant().plusSeconds(60), "a pause", PauseCause.OTHER)));
    assertThat(wakes()).as("a pause").isFalse();
    shop.pool.resume();
    assertThat(wakes()).as("the end of a pause").isTrue();
    change(tx -> add(tx, shop.pool.id));
    assertThat(wakes()).as("a key that was added").isTrue();
  }

  @Test
  void a_gained_key_wakes_a_run_without_a_place_only_once() {
    shop.startJobs();
    var keys = Selection.of(addFailedKeys(3));
    begin(1);
    UUID run = due.keySet().iterator().next();
    change(
        tx -> {
          RunRows.insert(tx, shop.pool.ids.next(), shop.pool.id, "running", Instant.EPOCH);
          add(tx, shop.pool.id);
        });
    shop.start.wakeWaiting();
    assertThat(scheduled(run)).isEqualTo(shop.pool.clock.instant());

    work(run);
    shop.start.wakeWaiting();

    assertThat(state(run)).isEqualTo(RunState.WAITING_KEYS);
    assertThat(scheduled(run)).isEqualTo(shop.pool.clock.instant().plusSeconds(15));
    edits.disable(shop.pool.admin, keys);
    edits.enable(shop.pool.admin, keys);
    assertThat(wakes()).as("other keys").isTrue();
  }

  /** Runs everything that becomes due within this time, and advances the clock by it. */
  private void advance(Duration length) {
    for (var t = Duration.ZERO; t.compareTo(length) < 0; t = t.plus(POLL)) {
      shop.start.wakeWaiting();
      for (UUID run : due.keySet()) {
        if (!scheduled(run).isAfter(shop.pool.clock.instant())) {
          work(run);
        }
      }
      shop.pool.clock.tick(POLL);
    }
  }

  private void begin(int runs) {
    for (int i = 1; i <= runs; i++) {
      var form = NewArticle.of("Topic " + i, "openrouter");
      var run = shop.articles.generate(form, shop.pool.admin, shop.pool.ids.next());
      due.put(run, shop.pool.clock.instant());
      work(run);
    }
  }

  private void work(UUID run) {
    if (shop.work(run) instanceof JobResult.Again(var at)) {
      reschedule(run, at);
    }
  }

  private void reschedule(UUID run, Instant at) {
    change(
        tx ->
            tx.dsl()
                .update(SCHEDULED_TASKS)
                .set(SCHEDULED_TASKS.EXECUTION_TIME, at)
                .where(SCHEDULED_TASKS.TASK_NAME.eq(RunJob.NAME))
                .and(SCHEDULED_TASKS.TASK_INSTANCE.eq(run.toString()))
                .execute());
  }

  private Instant scheduled(UUID run) {
    return shop.pool.database.read(
        dsl ->
            dsl.select(SCHEDULED_TASKS.EXECUTION_TIME)
                .from(SCHEDULED_TASKS)
                .where(SCHEDULED_TASKS.TASK_NAME.eq(RunJob.NAME))
                .and(SCHEDULED_TASKS.TASK_INSTANCE.eq(run.toString()))
                .fetchSingle(SCHEDULED_TASKS.EXECUTION_TIME));
  }

  /** Whether the run was woken and has checked the pool again. */
  private boolean wakes() {
    UUID run = due.keySet().iterator().next();
    reschedule(run, shop.pool.clock.instant().plusSeconds(300));
    shop.start.wakeWaiting();
    boolean woken = !scheduled(run).isAfter(shop.pool.clock.instant());
    if (woken && state(run) == RunState.WAITING_KEYS) {
      markChecked(run);
    }
    return woken;
  }

  private void markChecked(UUID run) {
    change(
        tx ->
            tx.dsl()
                .execute(
                    "update runs r set wait_version = p.gains from pools p where r.id = {0}"
                        + " and p.workspace_id = r.workspace_id and p.provider = r.provider",
                    org.jooq.impl.DSL.val(run)));
  }

  private RunState state(UUID run) {
    return shop.runs.run(shop.pool.workspace, run).state();
  }

  private int lowPoolBatches() {
    return shop.pool.database.read(
        dsl -> dsl.fetchCount(RECOVERIES, RECOVERIES.TRIGGER.eq("low_pool")));
  }

  private List<UUID> addFailedKeys(int count) {
    var keys = shop.pool.add(count);
    for (int i = 1; i <= count; i++) {
      upstream.checks("key" + i, ScriptedUpstream.unauthorized());
    }
    change(tx -> recordRefusals(tx, keys));
    shop.pool.clock.tick(Duration.ofMinutes(2));
    return keys;
  }

  private void recordRefusals(Tx tx, List<UUID> keys) {
    var now = shop.pool.clock.instant();
    var evidence = new Evidence(now, "key check", 401, "R2", "test", Map.of(), null);
    var verdict = new CheckOutcome.Unauthorized(evidence, 12);
    shop.pool.pool.rotation().lock(tx, shop.pool.id);
    shop.pool
        .pool
        .updater()
        .recordChecks(
            tx,
            shop.pool.id,
            keys.stream().map(key -> Observations.checked(key, verdict)).toList(),
            now,
            TestKeys.ACTOR);
  }

  private void add(Tx tx, PoolId pool) {
    var key = new NewKey("fresh", Secret.of("sk-or-v1-test-secret-of-fresh"), null);
    shop.pool.testKeys.add(tx, pool, List.of(key));
  }

  private void change(Consumer<Tx> change) {
    shop.pool.database.runTx(change);
  }
}
