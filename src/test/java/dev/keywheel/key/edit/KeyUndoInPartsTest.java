package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.BULK_EDITS;
import static dev.keywheel.db.schema.Tables.BULK_EDIT_EXCLUSIONS;
import static dev.keywheel.db.schema.Tables.BULK_EDIT_KEYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.job.JobDefinition;
import dev.keywheel.key.edit.KeyChange.Kind;
import dev.keywheel.key.edit.KeyUndo.UndoResult;
import dev.keywheel.key.search.BulkResult;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.Selection;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jooq.Condition;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A job undoes changes of many keys. */
@Tag("full")
class KeyUndoInPartsTest {
  private static final int PART = 2;

  @AutoClose private final TestPool t = new TestPool();
  private final KeyCommands edits = t.edits(PART);
  private final List<UUID> keys = t.add(9).stream().sorted().toList();

  /** Other changes happen before the keys are counted and after each part. */
  @Test
  void an_undo_killed_between_its_steps_continues_and_skips_keys_changed_since() {
    UUID disabled = finish(edits.disable(t.admin, all()));
    edits.undo().undoChange(t.admin, disabled);

    killWhen("new.counted");
    switchTwice(keys.get(0));
    killWhen("new.done > 2");
    assertThat(enabled()).containsExactly(keys.get(1));
    switchTwice(keys.get(2));
    edits.delete(t.admin, Selection.of(List.of(keys.get(3))));
    killWhen("new.done > 6");
    edits.disable(t.admin, Selection.of(List.of(keys.get(1), keys.get(7))));
    run();

    assertThat(enabled()).containsExactly(keys.get(4), keys.get(5), keys.get(6), keys.get(8));
    assertThat(rows()).isZero();
    assertThat(newestEntry()).isEqualTo(Map.of("keys", "5"));
  }

  @Test
  void an_undo_of_a_deletion_killed_between_its_steps_continues() {
    var deletion = edits.delete(t.admin, all());
    run();
    assertThat(edits.undo().undoDeletion(t.admin, deletion.id()))
        .isEqualTo(new UndoResult.Queued(Kind.RESTORE));
    killWhen("new.done > 4");
    assertThat(enabled()).hasSize(4);
    edits.undo().restore(t.admin, keys.subList(6, 7));
    var again = edits.delete(t.admin, Selection.of(keys.subList(6, 7)));
    run();
    assertThat(enabled()).hasSize(8).doesNotContain(keys.get(6));
    assertThat(rows()).isZero();
    assertThat(edits.undo().undoDeletion(t.admin, again.id()))
        .isEqualTo(new UndoResult.Completed(Kind.RESTORE, new BulkResult(1)));
  }

  @Test
  void an_undo_of_many_keys_is_begun_without_a_row_for_each_key() {
    UUID disabled = finish(edits.disable(t.admin, all()));
    t.test.asOwner(
        """
        create function refuse() returns trigger language plpgsql as $$
        begin raise exception 'a row for each key'; end $$;
        create trigger refuse before insert on bulk_edit_keys execute function refuse()""");
    assertThat(edits.undo().undoChange(t.admin, disabled))
        .isEqualTo(new UndoResult.Queued(Kind.ENABLE));
    run();
    assertThat(enabled()).hasSize(9);
  }

  @Test
  void the_pools_are_free_while_the_keys_of_an_undo_are_counted() {
    edits.undo().undoChange(t.admin, finish(edits.disable(t.admin, all())));
    boolean counted =
        t.database.inTx(
            tx -> {
              boolean uncounted = UndoneKeys.countMore(tx, t.workspace);
              t.test.asOwner("select from pools for update nowait");
              return uncounted;
            });
    assertThat(counted).isTrue();
  }

  @Test
  void the_progress_of_an_undo_is_known_from_its_start() {
    UUID disabled = finish(edits.disable(t.admin, all()));
    edits.undo().undoChange(t.admin, disabled);
    assertThat(progress(edits.running(t.workspace).getFirst())).containsExactly(false, 0, 0);
    killWhen("new.done > 0");
    assertThat(progress(edits.running(t.workspace).getFirst())).containsExactly(true, 0, 9);
    killWhen("new.done > 2");
    assertThat(progress(edits.running(t.workspace).getFirst())).containsExactly(true, 2, 9);
  }

  private static List<Object> progress(BulkEditProgress edit) {
    return List.of(edit.counted(), edit.done(), edit.total());
  }

  @Test
  void an_undo_requested_twice_at_once_is_made_once() throws Exception {
    UUID disabled = finish(edits.disable(t.admin, all()));
    Callable<UndoResult> undo = () -> edits.undo().undoChange(t.admin, disabled);
    List<Future<UndoResult>> both;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      both =
          t.database.inTx(
              tx -> {
                tx.dsl().execute("select from pools for update");
                var begun = List.of(threads.submit(undo), threads.submit(undo));
                Await.until("both wait", () -> TestDatabase.waitingForLocks(tx) == 2);
                return begun;
              });
    }
    assertThat(List.of(both.getFirst().get(), both.getLast().get()))
        .containsExactlyInAnyOrder(
            new UndoResult.Queued(Kind.ENABLE), new UndoResult.Running(Kind.ENABLE));
    run();
    assertThat(enabled()).hasSize(9);
    assertThat(
            t.audit.newest(t.workspace, AuditFilter.ALL, null, 5).stream()
                .filter(entry -> entry.subject().equals("undo of " + disabled))
                .map(entry -> entry.details().get("keys")))
        .containsExactly("9", "counted when it ends");
  }

  @Test
  void an_undo_of_keys_that_were_all_changed_again_changes_none_and_has_an_entry_when_it_ends() {
    UUID disabled = finish(edits.disable(t.admin, all()));
    edits.undo().undoChange(t.admin, disabled);
    run();
    assertThat(edits.undo().undoChange(t.admin, disabled))
        .isEqualTo(new UndoResult.Queued(Kind.ENABLE));
    edits.disable(t.admin, Selection.of(keys.subList(0, 1)));
    run();
    assertThat(enabled()).hasSize(8);
    assertThat(newestEntry()).isEqualTo(Map.of("keys", "0"));
  }

  @Test
  void a_change_of_many_keys_confirmed_while_an_undo_is_made_wins() {
    UUID disabled = finish(edits.disable(t.admin, all()));
    edits.undo().undoChange(t.admin, disabled);
    killWhen("new.done > 2");
    edits.disable(t.admin, all());
    run();
    assertThat(enabled()).isEmpty();

    UUID account = finish(edits.setAccount(t.admin, all(), "first"));
    edits.undo().undoChange(t.admin, account);
    killWhen("new.done > 2");
    edits.setAccount(t.admin, all(), "second");
    run();
    assertThat(keys).allSatisfy(key -> assertThat(t.key(key).account()).isEqualTo("second"));
  }

  /** No entry of the history shows the second change: these keys were already disabled. */
  @Test
  void a_change_confirmed_before_an_undo_and_after_the_change_undone_wins() {
    UUID disabled = edits.disable(t.admin, all()).id();
    killWhen("new.done > 4");
    edits.disable(t.admin, all());
    assertThat(edits.undo().undoChange(t.admin, disabled))
        .isEqualTo(new UndoResult.Queued(Kind.ENABLE));
    killWhen("new.undoes is not null and new.done > 2");
    assertThat(t.database.<Integer>read(dsl -> dsl.fetchCount(BULK_EDIT_EXCLUSIONS))).isEqualTo(7);
    run();
    assertThat(enabled()).isEmpty();
    assertThat(rows()).isZero();
  }

  @Test
  void a_key_that_is_pinned_for_a_later_change_is_left_out_of_an_undo() {
    var few = edits.setAccount(t.admin, Selection.of(keys.subList(0, 2)), "first");
    edits.setAccount(t.admin, all(), "second");
    assertThat(edits.undo().undoChange(t.admin, few.id()))
        .isEqualTo(new UndoResult.Completed(Kind.ACCOUNT_BACK, new BulkResult(0)));
    run();
    assertThat(keys).allSatisfy(key -> assertThat(t.key(key).account()).isEqualTo("second"));
  }

  /**
   * When the keys of the change were pinned, only one of them differed; the undo changes the
   * others.
   */
  @Test
  void a_change_of_many_keys_is_refused_when_an_undo_was_begun_while_its_keys_were_pinned()
      throws Exception {
    UUID disabled = finish(edits.disable(t.admin, all()));
    edits.enable(t.admin, Selection.of(keys.subList(0, 1)));
    Future<?> change;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      change =
          t.database.inTx(
              tx -> {
                tx.dsl().execute("select from pools for update");
                var begun = threads.submit(() -> edits.disable(t.admin, all()));
                Await.until("it waits for the pools", () -> TestDatabase.anotherWaitsForLock(tx));
                new BulkEditQueue(t.jobs, t.clock, PART)
                    .beginUndo(tx, t.admin, t.ids.next(), KeyChange.of(Kind.ENABLE), disabled);
                return begun;
              });
    }
    assertThatThrownBy(change::get).hasMessageContaining("confirmed before this one");
    run();
    assertThat(enabled()).hasSize(9);
  }

  @Test
  void a_node_of_the_previous_version_cannot_end_an_undo_that_looks_empty_to_it() {
    UUID disabled = finish(edits.disable(t.admin, all()));
    edits.undo().undoChange(t.admin, disabled);
    assertThatThrownBy(() -> t.database.read(dsl -> dsl.deleteFrom(BULK_EDITS).execute()))
        .hasMessageContaining("is not finished");
  }

  @Test
  void an_undo_ends_with_its_last_part() {
    UUID disabled = finish(edits.disable(t.admin, Selection.of(keys.subList(0, 8))));
    edits.undo().undoChange(t.admin, disabled);
    killWhen("delete", "true");
    assertThat(progress(edits.running(t.workspace).getFirst())).containsExactly(true, 6, 8);
    run();
    assertThat(enabled()).hasSize(9);
    assertThat(newestEntry()).isEqualTo(Map.of("keys", "8"));
  }

  @Test
  void an_undo_that_is_begun_while_the_job_waits_for_the_pools_is_counted_first() throws Exception {
    UUID disabled = finish(edits.disable(t.admin, all()));
    Future<?> job;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      job =
          t.database.inTx(
              tx -> {
                tx.dsl().execute("select from pools for update");
                var running = threads.submit(this::run);
                Await.until("it waits for the pools", () -> TestDatabase.anotherWaitsForLock(tx));
                new BulkEditQueue(t.jobs, t.clock, PART)
                    .beginUndo(tx, t.admin, t.ids.next(), KeyChange.of(Kind.ENABLE), disabled);
                return running;
              });
    }
    job.get();
    assertThat(enabled()).hasSize(9);
  }

  private Selection all() {
    return all(9);
  }

  private Selection all(int expected) {
    return new Selection.Matching(KeyFilter.ALL, expected, t.clock.instant());
  }

  private UUID finish(KeyCommands.Change change) {
    assertThat(change.done().queued()).isTrue();
    run();
    return change.id();
  }

  private void switchTwice(UUID key) {
    var one = Selection.of(List.of(key));
    edits.enable(t.admin, one);
    edits.disable(t.admin, one);
  }

  private void run() {
    try {
      ((JobDefinition.OneTime) edits.jobs().getFirst()).job().run(t.workspace.toString());
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    assertThat(edits.running(t.workspace)).isEmpty();
  }

  /** The transaction that stores this progress fails as if the server were killed. */
  private void killWhen(String progress) {
    killWhen("update", progress);
  }

  private void killWhen(String statement, String progress) {
    t.test.asOwner(
        "create or replace function kill() returns trigger language plpgsql as"
            + " $$ begin raise exception 'killed'; end $$;"
            + " create trigger kill before "
            + statement
            + " on bulk_edits for each row when ("
            + progress
            + ") execute function kill()");
    assertThatThrownBy(this::run).isInstanceOf(DataAccessException.class);
    t.test.asOwner("drop trigger kill on bulk_edits");
  }

  private List<UUID> enabled() {
    Condition there = API_KEYS.ENABLED.isTrue().and(API_KEYS.DELETED_AT.isNull());
    return t.database.read(
        dsl -> dsl.selectFrom(API_KEYS).where(there).orderBy(API_KEYS.ID).fetch(API_KEYS.ID));
  }

  private int rows() {
    return t.database.read(
        dsl ->
            dsl.fetchCount(BULK_EDITS)
                + dsl.fetchCount(BULK_EDIT_KEYS)
                + dsl.fetchCount(BULK_EDIT_EXCLUSIONS));
  }

  private Map<String, String> newestEntry() {
    return t.audit.newest(t.workspace, AuditFilter.ALL, null, 1).getFirst().details();
  }
}
