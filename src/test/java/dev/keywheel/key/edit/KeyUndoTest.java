package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.BULK_EDIT_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Tx;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.key.edit.KeyChange.Kind;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.search.BulkResult;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Seeing;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.support.Await;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of keys that are taken back. */
class KeyUndoTest {
  private final TestPool t = new TestPool();
  private final KeyCommands edits = t.edits(5_000);

  @AfterEach
  void close() {
    t.jobs.close();
    t.close();
  }

  @Test
  void only_the_keys_that_were_disabled_by_it_are_enabled_again_as_they_were() {
    List<UUID> keys = t.add(3);
    refused(keys.get(0));
    edits.disable(t.admin, Selection.of(keys.subList(2, 3)));
    ApiKey before = t.key(keys.getFirst());

    var change = edits.disable(t.admin, Selection.of(keys));
    assertThat(change.done().changed()).isEqualTo(2);
    assertThat(edits.undo().change(t.admin, change.id()).done().changed()).isEqualTo(2);

    assertThat(t.key(keys.get(0)).status()).isEqualTo(KeyStatus.FAILED);
    assertThat(t.key(keys.get(0)).reason()).isEqualTo(before.reason());
    assertThat(t.key(keys.get(1)).status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(t.key(keys.get(2)).status()).isEqualTo(KeyStatus.DISABLED);
    var line = t.audit.newest(t.workspace, AuditFilter.ALL, null, 1);
    assertThat(line.getFirst().action()).isEqualTo("enabled keys");
    assertThat(line.getFirst().subject()).isEqualTo("undo of " + change.id());
  }

  @Test
  void a_key_that_was_changed_again_keeps_the_later_change() {
    List<UUID> keys = t.add(3);
    var first = edits.disable(t.admin, Selection.of(keys));
    edits.enable(t.admin, Selection.of(keys.subList(0, 2)));
    edits.disable(t.admin, Selection.of(keys.subList(0, 1)));
    edits.tag(t.admin, Selection.of(keys.subList(2, 3)), "other", true);
    assertThat(edits.undo().change(t.admin, first.id()).done().changed()).isEqualTo(1);
    assertThat(statuses(keys))
        .containsExactly(KeyStatus.DISABLED, KeyStatus.ACTIVE, KeyStatus.ACTIVE);
  }

  /** As after a vacuum of the empty tables: a join would compare each key with each change. */
  @Test
  void many_keys_of_tables_that_the_planner_takes_for_empty_are_looked_up_one_by_one() {
    KeyCommands edits = t.edits(1_000);
    t.jobs.start(edits.jobs());
    List<UUID> keys = t.add(3_000);
    var change = edits.disable(t.admin, Selection.of(keys));
    Await.until("all are disabled", () -> edits.running(t.workspace).isEmpty());
    t.test.takenForEmpty();

    var made = KeyChange.of(Kind.DISABLE);
    var which = API_KEYS.WORKSPACE_ID.eq(t.workspace).and(API_KEYS.ENABLED.isFalse());
    long read =
        RowsRead.by(
            t.database,
            dsl -> {
              var lines = ChangedKeys.lines(dsl, change.id(), null, 5_000);
              assertThat(dsl.fetch(ChangedKeys.unchangedSince(lines, made, which))).hasSize(3_000);
            },
            "api_keys",
            "key_changes");
    assertThat(read).as("rows of each key, its change and its history").isLessThan(10 * 3_000);
  }

  @Test
  void an_undo_of_enabling_disables_and_is_made_once() {
    List<UUID> keys = t.add(2);
    edits.disable(t.admin, Selection.of(keys));
    var change = edits.enable(t.admin, Selection.of(keys));
    assertThat(edits.undo().change(t.admin, change.id()).done().changed()).isEqualTo(2);
    assertThat(statuses(keys)).containsOnly(KeyStatus.DISABLED);
    assertThat(edits.undo().change(t.admin, change.id()).done().changed()).isZero();
  }

  @Test
  void undo_removes_a_tag_only_from_the_keys_that_it_was_added_to() {
    List<UUID> keys = t.add(3);
    edits.tag(t.admin, Selection.of(keys.subList(0, 1)), "mine", true);
    var tagged = edits.tag(t.admin, Selection.of(keys), "mine", true);
    edits.tag(t.admin, Selection.of(keys.subList(1, 2)), "mine", false);
    edits.tag(t.admin, Selection.of(keys.subList(1, 2)), "mine", true);
    assertThat(edits.undo().change(t.admin, tagged.id()).done().changed()).isEqualTo(1);
    assertThat(keys.stream().map(key -> t.key(key).tags()))
        .containsExactly(List.of("mine"), List.of("mine"), List.of());
    var untagged = edits.tag(t.admin, Selection.of(keys), "mine", false);
    assertThat(edits.undo().change(t.admin, untagged.id()).done().changed()).isEqualTo(2);
    assertThat(t.key(keys.getFirst()).tags()).containsExactly("mine");
  }

  @ParameterizedTest
  @ValueSource(ints = {5_000, 2})
  void accounts_are_restored_with_their_source(int part) {
    KeyCommands edits = t.edits(part);
    t.jobs.start(edits.jobs());
    List<UUID> keys = t.add(4);
    edits.account(t.admin, Selection.of(keys.subList(0, 1)), "typed");
    t.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ACCOUNT, "learnt")
                .set(API_KEYS.ACCOUNT_SOURCE, "learnt")
                .where(API_KEYS.ID.eq(keys.get(1)))
                .execute());
    var change = edits.account(t.admin, Selection.of(keys), "wrong");
    Await.until("all have it", () -> edits.running(t.workspace).isEmpty());
    edits.account(t.admin, Selection.of(keys.subList(3, 4)), "later");
    assertThat(edits.undo().change(t.admin, change.id()).done().changed()).isEqualTo(3);
    Await.until("all have what they had", () -> edits.running(t.workspace).isEmpty());
    assertThat(keys.stream().map(key -> t.key(key).account()))
        .containsExactly("typed", "learnt", null, "later");
    List<String> sources =
        t.database.read(
            dsl ->
                dsl.select(API_KEYS.ACCOUNT_SOURCE)
                    .from(API_KEYS)
                    .orderBy(API_KEYS.ADDED_SEQ)
                    .fetch(API_KEYS.ACCOUNT_SOURCE));
    assertThat(sources).containsExactly("typed", "learnt", null, "typed");
  }

  @Test
  void a_new_secret_does_not_get_the_account_of_the_old_one() {
    List<UUID> keys = t.add(2);
    t.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ACCOUNT, "learnt")
                .set(API_KEYS.ACCOUNT_SOURCE, "learnt")
                .execute());
    var change = edits.account(t.admin, Selection.of(keys), "wrong");
    new KeyImport(t.database, t.vault, t.audit, t.jobs, t.ids, t.clock)
        .replacements()
        .replace(t.admin, t.id, keys.getFirst(), "sk-or-v1-the-new-secret-of-this-key");
    assertThat(edits.undo().change(t.admin, change.id()).done().changed()).isEqualTo(1);
    assertThat(keys.stream().map(key -> t.key(key).account())).containsExactly("wrong", "learnt");
  }

  @Test
  void a_change_made_by_a_job_can_be_stopped_and_undone() {
    KeyCommands inParts = t.edits(2);
    t.jobs.start(inParts.jobs());
    List<UUID> keys = t.add(7);
    edits.disable(t.admin, Selection.of(keys.subList(0, 1)));
    var change =
        inParts.disable(t.admin, new Selection.Matching(KeyFilter.ALL, 7, t.clock.instant()));
    assertThat(change.done().begun()).isTrue();
    inParts.undo().change(t.admin, change.id());
    Await.until("both are over", () -> inParts.running(t.workspace).isEmpty());
    assertThat(statuses(keys.subList(0, 1))).containsExactly(KeyStatus.DISABLED);
    assertThat(statuses(keys.subList(1, 7))).containsOnly(KeyStatus.ACTIVE);
  }

  @Test
  void a_finished_change_of_many_keys_is_taken_back_by_a_job_too() {
    KeyCommands inParts = t.edits(2);
    t.jobs.start(inParts.jobs());
    List<UUID> keys = t.add(7);
    var change =
        inParts.tag(
            t.admin, new Selection.Matching(KeyFilter.ALL, 7, t.clock.instant()), "x", true);
    Await.until("all are tagged", () -> inParts.running(t.workspace).isEmpty());
    assertThat(inParts.undo().change(t.admin, change.id()).done().begun()).isTrue();
    Await.until("the tags are gone", () -> inParts.running(t.workspace).isEmpty());
    assertThat(keys.stream().map(key -> t.key(key).tags())).containsOnly(List.of());
  }

  @Test
  void the_pools_are_free_while_the_keys_of_an_undo_are_fixed_and_later_changes_are_kept()
      throws Exception {
    KeyCommands inParts = t.edits(2);
    List<UUID> keys = t.add(7);
    UUID disabled = disabledInParts(inParts);
    Future<KeyUndo.Undone> undo;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var other = t.test.dataSource().getConnection()) {
      other.setAutoCommit(false);
      other.createStatement().execute("lock table bulk_edit_keys in exclusive mode");
      undo = threads.submit(() -> inParts.undo().change(t.admin, disabled));
      t.database.runTx(
          tx -> {
            Await.until("its keys wait", () -> TestDatabase.anotherWaitsForLock(tx));
            assertThat(tx.dsl().fetch("select from pools for update nowait")).isNotEmpty();
            commit(other);
            Await.until("it waits for the pools", () -> waitsForPools(tx));
            var first = API_KEYS.ID.eq(keys.getFirst());
            change(tx, Kind.ENABLE, first);
            change(tx, Kind.DISABLE, first);
          });
    }
    assertThat(undo.get().done().changed()).as("all but the one changed meanwhile").isEqualTo(6);
    t.jobs.start(inParts.jobs());
    Await.until("the undo is over", () -> inParts.running(t.workspace).isEmpty());
    assertThat(statuses(keys.subList(0, 1))).containsExactly(KeyStatus.DISABLED);
    assertThat(statuses(keys.subList(1, 7))).containsOnly(KeyStatus.ACTIVE);
  }

  @Test
  void the_audit_log_tells_what_an_undo_stopped_and_what_it_took_back() {
    KeyCommands inParts = t.edits(2);
    t.add(7);
    var change =
        inParts.disable(t.admin, new Selection.Matching(KeyFilter.ALL, 7, t.clock.instant()));

    var undone = inParts.undo().change(t.admin, change.id());

    assertThat(undone.made()).contains(Kind.ENABLE);
    assertThat(undone.done().changed()).isEqualTo(7);
    var line = t.audit.newest(t.workspace, AuditFilter.ALL, null, 1).getFirst();
    assertThat(line.action()).isEqualTo("enabled keys");
    assertThat(line.subject()).isEqualTo("undo of " + change.id());
    assertThat(line.details()).isEqualTo(Map.of("keys", "7", "names", "those not reached yet"));
  }

  /** A change that a job has made. */
  private UUID disabledInParts(KeyCommands inParts) {
    var change =
        inParts.disable(t.admin, new Selection.Matching(KeyFilter.ALL, 7, t.clock.instant()));
    inParts.jobs().forEach(job -> ((JobDefinition.OneTime) job).job().run(t.workspace.toString()));
    assertThat(inParts.running(t.workspace)).isEmpty();
    return change.id();
  }

  private void change(Tx tx, Kind kind, Condition which) {
    KeyChange.of(kind).make(tx, t.admin, t.ids.next(), which, t.clock.instant());
  }

  private static boolean waitsForPools(Tx tx) {
    tx.dsl().execute("select pg_stat_clear_snapshot()");
    return tx.dsl()
        .fetchExists(
            DSL.table("pg_stat_activity"),
            DSL.condition("wait_event_type = 'Lock' and query like '%from \"pools\"%'"));
  }

  private static void commit(Connection connection) {
    try {
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A statement for a million keys would take longer than those of pages may. */
  @Test
  void no_statement_of_an_undo_fixes_more_keys_than_a_part_has() {
    KeyCommands inParts = t.edits(2);
    t.jobs.start(inParts.jobs());
    t.add("ada", "bob", "cyd", "dan", "eve");
    var all = new Selection.Matching(KeyFilter.ALL, 5, t.clock.instant());
    var change = inParts.tag(t.admin, all, "x", true);
    Await.until("all are tagged", () -> inParts.running(t.workspace).isEmpty());
    t.test.asOwner(
        """
        create function at_most_two() returns trigger language plpgsql as $$
        begin
          if (select count(*) from new_rows) > 2 then raise exception 'too many keys'; end if;
          return null;
        end $$;
        create trigger at_most_two after insert on bulk_edit_keys
          referencing new table as new_rows for each statement execute function at_most_two()""");

    assertThat(inParts.undo().change(t.admin, change.id()).done().changed()).isEqualTo(5);

    var line = t.audit.newest(t.workspace, AuditFilter.ALL, null, 1).getFirst();
    assertThat(line.details()).isEqualTo(Map.of("keys", "5", "names", "ada, bob, cyd, dan, eve"));
    Await.until("the tags are gone", () -> inParts.running(t.workspace).isEmpty());
    assertThat(inParts.undo().change(t.admin, change.id()).done())
        .as("nothing is left to undo")
        .isEqualTo(new BulkResult(0));
  }

  @Test
  void the_keys_of_an_undo_that_was_never_begun_are_removed_by_a_later_one() {
    KeyCommands inParts = t.edits(2);
    List<UUID> keys = t.add(7);
    UUID disabled = disabledInParts(inParts);
    UUID killed = t.ids.next();
    t.database.runTx(
        tx -> BulkEditWorker.fix(tx, killed, KeyAuditTrail.keys(API_KEYS.ID.in(keys))));
    var waiting =
        inParts.tag(
            t.admin, new Selection.Matching(KeyFilter.ALL, 7, t.clock.instant()), "x", true);
    t.clock.tick(Duration.ofDays(2));

    inParts.undo().change(t.admin, disabled);

    assertThat(fixed(killed)).isZero();
    assertThat(fixed(waiting.id())).as("of a change that has begun").isEqualTo(7);
  }

  @Test
  void an_undo_is_made_although_the_keys_of_an_earlier_one_cannot_be_removed() {
    KeyCommands inParts = t.edits(2);
    List<UUID> keys = t.add(7);
    UUID disabled = disabledInParts(inParts);
    UUID killed = t.ids.next();
    t.database.runTx(
        tx -> BulkEditWorker.fix(tx, killed, KeyAuditTrail.keys(API_KEYS.ID.in(keys))));
    t.clock.tick(Duration.ofDays(2));
    t.test.asOwner(
        """
        create function kept() returns trigger language plpgsql as $$
        begin
          raise exception 'canceled' using errcode = 'query_canceled';
        end $$;
        create trigger kept before delete on bulk_edit_keys for each row
          when (old.edit_id = '%s') execute function kept()"""
            .formatted(killed));

    assertThat(inParts.undo().change(t.admin, disabled).done().changed()).isEqualTo(7);

    assertThat(fixed(killed)).isEqualTo(7);
  }

  /** As after a vacuum of the empty tables: a join would compare each key with each change. */
  @Test
  void the_keys_that_were_changed_meanwhile_are_left_out_by_their_ids() {
    List<UUID> keys = t.add(500);
    UUID undo = t.ids.next();
    t.database.runTx(tx -> BulkEditWorker.fix(tx, undo, KeyAuditTrail.keys(API_KEYS.ID.in(keys))));
    long last = t.database.inTx(ChangedKeys::last);
    edits.disable(t.admin, Selection.of(keys.subList(0, 400)));
    t.test.takenForEmpty();
    var worker = new BulkEditWorker(t.database, t.jobs, t.clock, 2);
    var later = ChangedKeys.changedAfter(last, KeyChange.of(Kind.DISABLE));
    long read =
        RowsRead.by(
            t.database,
            dsl -> {
              var enable = KeyChange.of(Kind.ENABLE);
              assertThat(worker.begin(new Tx(dsl), t.admin, undo, enable, 500, later))
                  .isEqualTo(100);
            },
            "bulk_edit_keys",
            "key_changes");
    assertThat(read).isLessThan(10 * 500);
  }

  private int fixed(UUID change) {
    return t.database.read(
        dsl -> dsl.fetchCount(BULK_EDIT_KEYS, BULK_EDIT_KEYS.EDIT_ID.eq(change)));
  }

  @Test
  void a_change_of_another_workspace_or_an_unknown_one_is_not_undone() {
    List<UUID> keys = t.add(1);
    var change = edits.disable(t.admin, Selection.of(keys));
    var stranger =
        new Principal(t.ids.next(), "b@example.com", t.ids.next(), t.admin.role(), false);
    assertThat(edits.undo().change(stranger, change.id()).made()).isEmpty();
    assertThat(edits.undo().change(t.admin, t.ids.next()).made()).isEmpty();
    assertThat(statuses(keys)).containsExactly(KeyStatus.DISABLED);
  }

  private List<KeyStatus> statuses(List<UUID> keys) {
    return keys.stream().map(key -> t.key(key).status()).toList();
  }

  private void refused(UUID key) {
    var result = Seeing.checked(key, Seeing.refused(t.clock.instant()));
    t.database.runTx(
        tx ->
            t.pool
                .updater()
                .recordChecks(tx, t.id, List.of(result), t.clock.instant(), Actor.person("test")));
  }
}
