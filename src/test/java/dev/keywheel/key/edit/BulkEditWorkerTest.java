package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static dev.keywheel.db.schema.Tables.BULK_EDITS;
import static dev.keywheel.db.schema.Tables.BULK_EDIT_KEYS;
import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.BulkEditsRecord;
import dev.keywheel.job.JobResult;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.search.BulkResult;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.Selection;
import dev.keywheel.support.Await;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jooq.Condition;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("full")
class BulkEditWorkerTest {
  private static final int PART = 3;

  @AutoClose private final TestPool t = new TestPool();
  private final KeyCommands edits = t.edits(PART);
  private final BulkEditWorker bulk =
      new BulkEditWorker(t.database, new KeyAuditTrail(t.audit), t.jobs, t.clock, PART);
  private List<UUID> keys = List.of();

  @BeforeEach
  void add() {
    keys = t.add(8).stream().sorted().toList();
  }

  @Test
  void many_keys_are_pinned_when_the_change_is_confirmed_and_changed_in_parts() {
    edits.disable(t.admin, Selection.of(keys.subList(7, 8)));
    assertThat(edits.disable(t.admin, all(8)).done())
        .isEqualTo(new BulkResult(7, 1, 0, List.of(), true));
    assertThat(count(API_KEYS.ENABLED.isFalse())).isOne();
    assertThat(progress()).containsExactly(0, 7);
    assertThat(scheduled()).isOne();

    var added = t.add("later");
    edits.delete(t.admin, Selection.of(keys.subList(4, 5)));
    run();

    assertThat(count(API_KEYS.ENABLED.isFalse())).isEqualTo(7);
    assertThat(count(API_KEYS.ENABLED.isTrue().and(API_KEYS.ID.in(added)))).isOne();
    assertThat(count(API_KEYS.ENABLED.isTrue().and(API_KEYS.DELETED_AT.isNotNull()))).isOne();
    assertThat(edits.running(t.workspace)).isEmpty();
    assertThat(rows()).isZero();
    assertThat(lines("disabled keys")).containsExactly(1, 7);
  }

  @ParameterizedTest
  @CsvSource({"2000, 501, 1000", "1000, 500, 2000", "1500, 10, 2000", "150, 900, 100", "3, 900, 3"})
  void parts_become_smaller_while_they_take_too_long(int size, int millis, int next) {
    assertThat(BulkEditWorker.nextPartSize(size, Duration.ofMillis(millis), 2_000)).isEqualTo(next);
  }

  @Test
  void after_a_crash_between_parts_the_job_continues_with_the_next_part() {
    edits.tag(t.admin, all(8), "moved", true);
    crashAt(keys.get(4));
    assertThat(count(tagged())).isEqualTo(3);
    assertThat(progress()).containsExactly(3, 8);

    edits.tag(t.admin, Selection.of(keys.subList(0, 1)), "moved", false);
    run();

    assertThat(count(tagged())).isEqualTo(7);
    assertThat(lines("tagged keys")).containsExactly(8);
  }

  @Test
  void a_part_reads_only_its_pinned_keys_although_their_table_has_no_statistics() {
    t.test.disableAutovacuum();
    var edit = new BulkEditsRecord();
    edit.setId(new UUID(1, 1));
    edit.setAfterKey(new UUID(0, 0));
    t.test.asOwner(
        """
        insert into bulk_edit_keys (edit_id, key_id)
        select e.id, gen_random_uuid() from (values ('%s'::uuid), ('%s')) e(id), generate_series(1, 5000)
        """
            .formatted(edit.getId(), new UUID(1, 2)));
    long read =
        RowsRead.by(
            t.database,
            dsl -> assertThat(BulkEditWorker.next(dsl, edit, 1_000)).hasSize(1_000),
            "bulk_edit_keys");
    assertThat(read).isLessThan(1_100);
    UUID[] all = t.database.read(dsl -> BulkEditWorker.next(dsl, edit, 6_000));
    assertThat(all).as("without those of the next change").hasSize(5_000);
  }

  @Test
  void an_unfinished_deletion_is_undone_completely() {
    var deletion = edits.delete(t.admin, all(8));
    assertThat(deletion.done()).isEqualTo(new BulkResult(8, 0, 0, List.of(), true));
    crashAt(keys.get(4));
    assertThat(count(API_KEYS.DELETED_AT.isNotNull())).isEqualTo(3);

    assertThat(edits.undo().undoDeletion(t.admin, deletion.id()))
        .isEqualTo(new KeyUndo.UndoResult.Completed(KeyChange.Kind.RESTORE, new BulkResult(8)));
    assertThat(lines("restored keys")).as("restored, and not reached").containsExactly(5, 3);
    assertThat(edits.running(t.workspace)).isEmpty();
    run();

    assertThat(count(API_KEYS.DELETED_AT.isNotNull())).isZero();
    assertThat(rows()).isZero();
  }

  @Test
  void an_undo_does_not_count_keys_that_a_later_change_has_taken_from_the_change() {
    var disabling = edits.disable(t.admin, all(8));
    crashAt(keys.get(4));
    edits.enable(t.admin, Selection.of(keys.subList(6, 8)));

    assertThat(edits.undo().undoChange(t.admin, disabling.id()))
        .isEqualTo(new KeyUndo.UndoResult.Completed(KeyChange.Kind.ENABLE, new BulkResult(6)));
    assertThat(lines("enabled keys")).as("not reached, then enabled").contains(3, 3);
  }

  @Test
  void a_key_that_was_deleted_again_is_not_restored_with_the_others() {
    edits.delete(t.admin, all(8));
    run();
    t.clock.tick(Duration.ofMinutes(1));
    var everything = new KeyTrash.TrashFilter("", t.clock.instant());
    assertThat(edits.undo().restore(t.admin, everything))
        .isEqualTo(new BulkResult(8, 0, 0, List.of(), true));
    crashAt(keys.get(4));
    t.clock.tick(Duration.ofMinutes(1));
    edits.undo().restore(t.admin, keys.subList(6, 7));
    edits.delete(t.admin, Selection.of(keys.subList(6, 7)));
    run();
    assertThat(count(API_KEYS.DELETED_AT.isNull())).isEqualTo(7);
  }

  @Test
  void changes_of_many_keys_are_made_in_the_order_in_which_they_were_confirmed() {
    edits.setAccount(t.admin, all(8), "first@example.org");
    edits.setAccount(t.admin, all(8), "second@example.org");
    edits.disable(t.admin, all(8));
    assertThat(edits.running(t.workspace))
        .extracting(edit -> edit.change().kind())
        .containsExactly(KeyChange.Kind.ACCOUNT, KeyChange.Kind.ACCOUNT, KeyChange.Kind.DISABLE);
    run();
    assertThat(count(API_KEYS.ACCOUNT.eq("second@example.org").and(API_KEYS.ENABLED.isFalse())))
        .isEqualTo(8);
  }

  @Test
  void a_later_change_of_a_single_key_is_not_undone_by_a_part_that_reaches_it_afterwards() {
    edits.disable(t.admin, all(8));
    edits.tag(t.admin, all(8), "moved", true);
    crashAt(keys.get(4));
    edits.enable(t.admin, Selection.of(keys.subList(6, 7)));
    edits.tag(t.admin, Selection.of(keys.subList(6, 7)), "moved", false);
    edits.tag(t.admin, Selection.of(keys.subList(7, 8)), "other", false);
    run();
    Condition last = API_KEYS.ID.eq(keys.get(6));
    assertThat(count(last.and(API_KEYS.ENABLED.isTrue()).and(tagged().not()))).isOne();
    assertThat(count(last.not().and(API_KEYS.ENABLED.isFalse()).and(tagged()))).isEqualTo(7);
  }

  @Test
  void assignments_do_not_wait_while_many_keys_are_pinned() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<KeyCommands.Change> change =
          t.database.inTx(
              tx -> {
                tx.dsl().execute("lock table bulk_edit_keys in exclusive mode");
                var begun = threads.submit(() -> edits.disable(t.admin, all(8)));
                Await.until(
                    "the insertion of its keys waits", () -> TestDatabase.anotherWaitsForLock(tx));
                assertThat(tx.dsl().fetch("select from pools for update nowait")).isNotEmpty();
                return begun;
              });
      assertThat(change.get().done()).isEqualTo(new BulkResult(8, 0, 0, List.of(), true));
    }
  }

  /** Each part waits until another transaction waits for the pools, and then ends. */
  @Test
  void a_transaction_that_waits_for_the_pools_gets_them_after_the_part_that_has_them()
      throws Exception {
    t.add("more", "and more");
    edits.disable(t.admin, all(10));
    t.test.asOwner(
        """
        create function wait_for_a_waiter() returns trigger language plpgsql as $$
        begin
          while not exists (
            select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))
          loop perform pg_sleep(0.005); end loop;
          perform pg_sleep(0.05);
          return null;
        end $$;
        create trigger wait_for_a_waiter after update on bulk_edits
          for each row when (new.done < 10) execute function wait_for_a_waiter()\
        """);
    var seen = new LinkedHashSet<Integer>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var job = threads.submit(this::run);
      Await.until("the first part", () -> t.database.inTx(BulkEditWorkerTest::poolsAreLocked));
      while (!seen.contains(9) && !job.isDone()) {
        seen.add(t.database.inTx(this::doneUnderLock));
      }
      job.get();
    }
    assertThat(seen).containsExactly(3, 6, 9);
  }

  @Test
  void the_trash_is_purged_in_parts() {
    edits.delete(t.admin, all(8));
    run();
    t.clock.tick(KeyTrash.KEPT_FOR.plusSeconds(1));
    assertThat(List.of(edits.purgeExpired(), edits.purgeExpired(), edits.purgeExpired()))
        .containsExactly(3, 3, 2);
    assertThat(edits.purgeExpired()).isZero();
    assertThat(count(DSL.noCondition())).isZero();
  }

  private static boolean poolsAreLocked(Tx tx) {
    return tx.dsl().fetch("select from pools for update skip locked").isEmpty();
  }

  private int doneUnderLock(Tx tx) {
    PoolRepository.lockAll(tx, t.workspace);
    return tx.dsl().select(BULK_EDITS.DONE).from(BULK_EDITS).fetchSingle().value1();
  }

  private Selection all(int expected) {
    return new Selection.Matching(KeyFilter.ALL, expected, t.clock.instant());
  }

  private void run() {
    try {
      assertThat(bulk.job().job().run(t.workspace.toString())).isInstanceOf(JobResult.Done.class);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The transaction that reaches this key fails as if the server were killed. */
  private void crashAt(UUID key) {
    t.test.asOwner(
        "create or replace function crash() returns trigger language plpgsql as"
            + " $$ begin raise exception 'killed'; end $$;"
            + " create trigger crash before update on api_keys for each row when (old.id = '"
            + key
            + "') execute function crash()");
    assertThatThrownBy(this::run).isInstanceOf(DataAccessException.class);
    t.test.asOwner("drop trigger crash on api_keys");
  }

  private List<Integer> progress() {
    return edits.running(t.workspace).stream()
        .flatMap(edit -> List.of(edit.done(), edit.total()).stream())
        .toList();
  }

  private static Condition tagged() {
    return DSL.val("moved").eq(DSL.any(API_KEYS.TAGS));
  }

  private int count(Condition which) {
    return t.database.read(dsl -> dsl.fetchCount(API_KEYS, which));
  }

  private int rows() {
    return t.database.read(dsl -> dsl.fetchCount(BULK_EDITS) + dsl.fetchCount(BULK_EDIT_KEYS));
  }

  private int scheduled() {
    return t.database.read(
        dsl -> dsl.fetchCount(SCHEDULED_TASKS, SCHEDULED_TASKS.TASK_NAME.eq(BulkEditWorker.JOB)));
  }

  /** The number of keys in each audit line of this action. */
  private List<Integer> lines(String action) {
    return t.database.read(
        dsl ->
            dsl.select(DSL.field("(details ->> 'keys')::int", Integer.class))
                .from(AUDIT_EVENTS)
                .where(AUDIT_EVENTS.ACTION.eq(action))
                .orderBy(AUDIT_EVENTS.ID)
                .fetch(row -> row.value1()));
  }
}
