package dev.keywheel.recovery.batch;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.JobResult;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.recovery.BatchResult;
import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.support.Await;
import dev.keywheel.support.LiveThreads;
import dev.keywheel.support.TestKeys;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Batches whose upstream fails or sends unusable answers. */
@Tag("full")
class RecoveryFaultsTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();

  @Test
  void keys_that_all_fail_the_same_way_keep_their_status_and_the_pool_is_paused() {
    var wanted = fixture.manyLimited(4, "key", "html");
    var unsure = fixture.active("unsure", "bad");
    wanted.add(unsure);
    var worker = fixture.batches();
    var logged = new ListAppender<ILoggingEvent>();
    logged.list = new CopyOnWriteArrayList<>();
    logged.start();
    var log = (Logger) LoggerFactory.getLogger(BatchWriter.class);
    log.addAppender(logged);
    var id = fixture.requestTests(wanted);
    worker.run(id);
    log.detachAppender(logged);

    assertThat(fixture.counts(id).unknown()).isEqualTo(5);
    assertThat(logged.list.getFirst().getFormattedMessage())
        .contains("is paused until", "web page came back");
    assertThat(fixture.state(id)).isEqualTo(BatchState.INCONCLUSIVE);
    assertThat(fixture.status(unsure)).isEqualTo(KeyStatus.ACTIVE);
    var pause = fixture.keys.status().findPause(fixture.pool).orElseThrow();
    assertThat(pause.until()).isEqualTo(fixture.clock.instant().plusSeconds(60));
    assertThat(pause.reason()).contains("web page came back");
    assertThat(pause.cause().mayEndEarly()).isTrue();
    assertThat(fixture.logOf(id))
        .last()
        .asString()
        .startsWith("⚠️ BATCH TESTING INCONCLUSIVE: A web page came back")
        .endsWith("next try at " + clockTime(fixture.clock.instant().plusSeconds(60)));

    worker.run(fixture.requestTests(List.of(fixture.limited("good", "ok"))));
    assertThat(fixture.keys.status().findPause(fixture.pool)).as("the pool continues").isEmpty();

    assertThat(untested(id)).containsExactlyElementsOf(wanted);
    fixture.markActive(wanted.getFirst());
    assertThat(untested(id)).as("a key with a known result is not checked again").hasSize(4);
    fixture.database.runTx(
        tx -> tx.dsl().update(WORKSPACES).set(WORKSPACES.ARCHIVED_AT, Instant.EPOCH).execute());
    assertThat(untested(id)).as("nor one of an archived workspace").isEmpty();
  }

  @Test
  void an_inconclusive_batch_is_repeated_only_after_the_longer_pause_of_a_block() {
    var blocked = PoolPause.ofBlockedAddress(fixture.clock.instant().plusSeconds(600));
    fixture.database.runTx(tx -> fixture.keys.status().pausePool(tx, fixture.pool, blocked));
    var batch = fixture.requestTests(fixture.manyLimited(3, "key", "html"));
    fixture.batches().run(batch);
    assertThat(fixture.state(batch)).isEqualTo(BatchState.INCONCLUSIVE);

    assertThat(retry(batch)).isEqualTo(new JobResult.Again(fixture.clock.instant().plusSeconds(5)));
    fixture.clock.set(blocked.until().minusSeconds(1));
    assertThat(retry(batch)).isEqualTo(new JobResult.Again(blocked.until()));
    assertThat(fixture.recoveries()).isEqualTo(1);
    fixture.clock.set(blocked.until());
    assertThat(retry(batch)).isEqualTo(new JobResult.Done());
    assertThat(fixture.recoveries()).isEqualTo(2);
  }

  @Test
  void an_inconclusive_batch_is_repeated_when_its_pause_ends_early() {
    var batch = fixture.requestTests(fixture.manyLimited(3, "key", "html"));
    fixture.batches().run(batch);
    var now = fixture.clock.instant();
    var due = SCHEDULED_TASKS.EXECUTION_TIME;
    var isRetry = SCHEDULED_TASKS.TASK_NAME.eq(BatchWriter.RETRY_JOB);
    List<Instant> retries =
        fixture.database.read(
            dsl -> dsl.select(due).from(SCHEDULED_TASKS).where(isRetry).fetch(due));
    assertThat(retries).containsExactly(now);
    assertThat(retry(batch)).isEqualTo(new JobResult.Again(now.plusSeconds(5)));

    var status = fixture.keys.status();
    var until = status.findPause(fixture.pool).orElseThrow().until();
    fixture.database.runTx(tx -> status.resumePool(tx, fixture.pool, until));
    assertThat(retry(batch)).isEqualTo(new JobResult.Done());
    assertThat(fixture.recoveries()).isEqualTo(2);
  }

  private JobResult retry(UUID batch) {
    var jobs = new Jobs(fixture.database, "none", InstantSource.system(), Duration.ofMillis(50));
    return fixture.recovery(jobs).jobs().stream()
        .filter(job -> job.name().equals(BatchWriter.RETRY_JOB))
        .map(JobDefinition.OneTime.class::cast)
        .map(job -> job.job().run(batch.toString()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void a_block_of_the_address_pauses_the_pool_without_marking_keys_or_probing_with_requests() {
    var wanted = fixture.manyLimited(3, "key", "blocked");

    fixture.batches().run(fixture.requestTests(wanted));

    var pause = fixture.keys.status().findPause(fixture.pool).orElseThrow();
    assertThat(pause.cause()).isEqualTo(PauseCause.ADDRESS_BLOCKED);
    assertThat(pause.reason()).contains("blocks this server's address");
    assertThat(wanted).allMatch(key -> fixture.status(key) == KeyStatus.RATE_LIMITED);
  }

  @Test
  void keys_deleted_before_their_test_do_not_make_the_batch_inconclusive() {
    var batch = fixture.requestTests(fixture.manyFailed(3, "key", "bad"));
    fixture.database.runTx(
        tx ->
            tx.dsl().update(API_KEYS).set(API_KEYS.DELETED_AT, fixture.clock.instant()).execute());

    fixture.batches().run(batch);

    assertThat(fixture.state(batch)).isEqualTo(BatchState.DONE);
    assertThat(fixture.counts(batch).cancelled()).isEqualTo(3);
    assertThat(fixture.keys.status().findPause(fixture.pool)).isEmpty();
  }

  @Test
  void a_batch_of_a_provider_that_was_switched_off_logs_the_reason_as_a_sentence() {
    var worker = fixture.batches();
    fixture.pool = new PoolId(fixture.pool.workspaceId(), "gone");
    var batch = fixture.requestTests(List.of(fixture.failed("key", "bad")));

    worker.run(batch);

    assertThat(fixture.logOf(batch))
        .last()
        .asString()
        .startsWith(
            "⚠️ BATCH TESTING INCONCLUSIVE: This installation has no provider named gone. No key was marked");
  }

  @Test
  void the_retry_of_a_batch_waits_until_its_provider_is_switched_on_or_the_batch_is_deleted() {
    var worker = fixture.batches();
    var installed = fixture.pool;
    var gone = new PoolId(installed.workspaceId(), "gone");
    fixture.pool = gone;
    var batch = fixture.requestTests(List.of(fixture.failed("key", "bad")));
    worker.run(batch);
    fixture.clock.tick(Duration.ofMinutes(2));

    fixture.pool = installed; // the only provider of the next node
    var poll = new JobResult.Again(fixture.clock.instant().plus(Duration.ofMinutes(5)));
    assertThat(retry(batch)).isEqualTo(poll);
    assertThat(fixture.recoveries()).isEqualTo(1);
    fixture.pool = gone;
    assertThat(retry(batch)).isEqualTo(new JobResult.Done());
    assertThat(fixture.recoveries()).isEqualTo(2);
    fixture.pool = installed;
    fixture.postgres.asOwner("delete from recoveries");
    assertThat(retry(batch)).isEqualTo(new JobResult.Done());
  }

  @Test
  void a_second_inconclusive_batch_pauses_for_longer_even_after_a_test_of_one_key() {
    var wanted = fixture.manyLimited(3, "key", "html");
    fixture.batches().run(fixture.requestTests(wanted));
    fixture.clock.tick(Duration.ofSeconds(1));
    var jobs = new Jobs(fixture.database, "none", InstantSource.system(), Duration.ofMillis(50));
    fixture
        .recovery(jobs)
        .confirm(fixture.pool, wanted.getFirst(), Trigger.REFUSED_KEY, TestKeys.ACTOR, _ -> true);

    fixture.batches().run(fixture.requestTests(wanted));

    assertThat(fixture.keys.status().findPause(fixture.pool).orElseThrow().until())
        .isEqualTo(fixture.clock.instant().plusSeconds(120));
  }

  @Test
  void a_pause_that_began_after_a_check_was_sent_outlasts_the_good_result_of_the_check() {
    var good = fixture.active("good", "ok");
    var node = fixture.node("one");
    fixture.upstream.hold();
    var ticket =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(good));
    Await.until("the check is sent", () -> fixture.upstream.open() == 1);
    var until = fixture.clock.instant().plusSeconds(30);
    fixture.database.runTx(
        tx ->
            fixture
                .keys
                .status()
                .pausePool(tx, fixture.pool, new PoolPause(until, "an outage", PauseCause.OTHER)));

    fixture.upstream.release();
    Await.until("the batch ends", () -> fixture.state(ticket.recoveryId()) == BatchState.DONE);

    assertThat(fixture.keys.status().findPause(fixture.pool)).isPresent();
  }

  private static String clockTime(Instant at) {
    return DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC).format(at);
  }

  @Test
  void when_all_keys_are_refused_they_fail_with_an_alert_and_one_accepted_key_ends_it() {
    var wanted = fixture.manyLimited(3, "key", "bad");
    var node = fixture.node("one");
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);
    assertThat(BatchCounts.of(node.recovery().await(batchTicket, LONG).keys()).stillFailed())
        .isEqualTo(3);
    Await.until(
        "the notice is set", () -> fixture.keys.status().findNotice(fixture.pool).isPresent());
    assertThat(fixture.keys.status().findNotice(fixture.pool).orElseThrow())
        .contains("Check the address of");
    assertThat(fixture.upstream.checks()).as("checked twice").isEqualTo(6);

    var good = fixture.limited("good", "ok");
    var again =
        node.recovery()
            .requestTests(
                fixture.pool, Trigger.USER, fixture.person, null, List.of(good, wanted.getFirst()));
    node.recovery().await(again, LONG);
    Await.until(
        "the notice is removed", () -> fixture.keys.status().findNotice(fixture.pool).isEmpty());
    assertThat(fixture.upstream.requestsOf("sk-or-v1-key1-bad"))
        .as("a failed key is checked only once more")
        .isEqualTo(3);
  }

  @Test
  void failed_keys_that_fail_again_cause_no_alert_while_others_work() {
    var good = fixture.active("good", "ok");
    fixture.markActive(good);
    var wanted = fixture.manyLimited(3, "key", "bad");
    var node = fixture.node("one");
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);
    assertThat(BatchCounts.of(node.recovery().await(batchTicket, LONG).keys()).stillFailed())
        .isEqualTo(3);
    Await.until("it ends", () -> fixture.state(batchTicket.recoveryId()) == BatchState.DONE);
    assertThat(fixture.keys.status().findNotice(fixture.pool)).isEmpty();
  }

  @Test
  void a_key_refused_once_and_then_accepted_is_active() {
    var key = fixture.limited("key", "flap");
    var node = fixture.node("one");
    var batchTicket =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(key));
    assertThat(BatchCounts.of(node.recovery().await(batchTicket, LONG).keys()).recovered())
        .isEqualTo(1);
    assertThat(fixture.upstream.checks()).isEqualTo(2);
  }

  @Test
  void a_throttled_key_check_is_repeated() {
    var wanted = fixture.manyLimited(8, "key", "slow");
    var node = fixture.node("one");
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);
    assertThat(BatchCounts.of(node.recovery().await(batchTicket, LONG).keys()).recovered())
        .isEqualTo(8);
  }

  @Test
  void a_key_check_throttled_for_a_long_time_leaves_the_status_unchanged() {
    var later = fixture.limited("later", "later");
    var good = fixture.limited("good", "ok");
    var node = fixture.node("one");
    var batchTicket =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(later, good));
    var batchResult = node.recovery().await(batchTicket, LONG);
    assertThat(reason(batchResult, "later")).isEqualTo("slow_down");
    assertThat(fixture.upstream.requestsOf("sk-or-v1-later-later")).isEqualTo(1);
    assertThat(fixture.status(later)).isEqualTo(KeyStatus.RATE_LIMITED);
    assertThat(fixture.status(good)).isEqualTo(KeyStatus.ACTIVE);
  }

  @Test
  void an_upstream_with_every_fault_ends_the_batch_in_time_and_marks_no_key() {
    fixture.set(new RecoverySettings(1_000, 8));
    var wanted = new ArrayList<UUID>();
    wanted.add(fixture.limited("good", "ok"));
    var bad =
        List.of("hang", "drip", "reset", "html", "redirect", "down", "short", "garbage", "huge");
    for (var behaviour : bad) {
      for (int i = 0; i < 10; i++) {
        wanted.add(fixture.limited(behaviour + i, behaviour));
      }
    }
    var node = fixture.node("one");
    int threads = LiveThreads.count();
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);

    var batchResult = node.recovery().await(batchTicket, LONG);

    assertThat(BatchCounts.of(batchResult.keys()))
        .isEqualTo(new BatchCounts(91, 91, 1, 0, 0, 0, 90, 0, 0, 0));
    assertThat(bad)
        .extracting(behaviour -> reason(batchResult, behaviour + "7"))
        .containsExactly(
            "timeout", "timeout", "cut", "html", "html", "server", "cut", "network", "too_big");
    assertThat(fixture.upstream.others()).as("redirects followed").isZero();
    Await.until("no connection is left", () -> fixture.upstream.open() == 0);
    Await.until("no threads are left", () -> LiveThreads.count() - threads < 20);
    assertThat(fixture.keys.status().counts(fixture.pool).rateLimited()).isEqualTo(90);
  }

  @Test
  void a_value_that_the_database_cannot_store_does_not_stop_a_batch() {
    var wanted = fixture.manyLimited(4, "key", "unstorable");
    var odd = fixture.limited("odd", "odd");
    wanted.add(odd);
    wanted.add(fixture.limited("good", "ok"));
    var node = fixture.node("one");
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);

    assertThat(BatchCounts.of(node.recovery().await(batchTicket, LONG).keys()))
        .isEqualTo(new BatchCounts(6, 6, 2, 0, 0, 4, 0, 0, 0, 4));
    assertThat(fixture.status(odd)).isEqualTo(KeyStatus.ACTIVE);
    var account =
        fixture.database.read(
            dsl ->
                dsl.select(API_KEYS.ACCOUNT)
                    .from(API_KEYS)
                    .where(API_KEYS.ID.eq(odd))
                    .fetchSingle()
                    .value1());
    assertThat(account).isEqualTo("user_1");
  }

  private List<UUID> untested(UUID recovery) {
    return fixture.database.read(dsl -> new KeyTestRepository().untested(dsl, recovery));
  }

  private static String reason(BatchResult batchResult, String name) {
    return Objects.requireNonNull(
            batchResult.keys().stream()
                .filter(key -> key.keyName().equals(name))
                .findFirst()
                .orElseThrow()
                .reason())
        .code();
  }
}
