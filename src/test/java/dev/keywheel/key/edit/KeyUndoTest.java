package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.edit.KeyChange.Kind;
import dev.keywheel.key.edit.KeyUndo.UndoResult;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.search.BulkResult;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.support.Await;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Undo of changes of keys. */
@Tag("full")
class KeyUndoTest {
  private final TestPool t = new TestPool();
  private final KeyCommands edits = t.edits(5_000);

  @AfterEach
  void close() {
    t.jobs.close();
    t.close();
  }

  @Test
  void undo_of_disabling_enables_exactly_the_keys_that_it_disabled() {
    List<UUID> keys = t.add(3);
    t.fail(keys.get(0));
    edits.disable(t.admin, Selection.of(keys.subList(2, 3)));
    ApiKey before = t.key(keys.getFirst());
    t.clock.tick(Duration.ofHours(1));

    var change = edits.disable(t.admin, Selection.of(keys));
    assertThat(change.done().changed()).isEqualTo(2);
    assertThat(undo(edits, change.id())).isEqualTo(2);

    assertThat(t.key(keys.get(0)).status()).isEqualTo(KeyStatus.FAILED);
    assertThat(t.key(keys.get(0)).reason()).isEqualTo(before.reason());
    assertThat(t.key(keys.get(0)).statusSince()).isEqualTo(before.statusSince());
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
    assertThat(undo(edits, first.id())).isEqualTo(1);
    assertThat(statuses(keys))
        .containsExactly(KeyStatus.DISABLED, KeyStatus.ACTIVE, KeyStatus.ACTIVE);
  }

  /** The tables were vacuumed while empty, so a join would compare each key with each change. */
  @Test
  void many_keys_of_tables_that_the_planner_assumes_to_be_empty_are_looked_up_one_by_one() {
    KeyCommands edits = t.edits(1_000);
    t.jobs.start(edits.jobs());
    List<UUID> keys = t.add(3_000);
    var change = edits.disable(t.admin, Selection.of(keys));
    Await.until("all are disabled", () -> edits.running(t.workspace).isEmpty());
    t.test.setEmptyTableStatistics();

    var made = KeyChange.of(Kind.DISABLE);
    var which = API_KEYS.WORKSPACE_ID.eq(t.workspace).and(API_KEYS.ENABLED.isFalse());
    long read =
        RowsRead.by(
            t.database,
            dsl -> {
              var lines = ChangedKeys.lines(dsl, change.id(), UndoneKeys.BEFORE_ALL, 5_000);
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
    assertThat(undo(edits, change.id())).isEqualTo(2);
    assertThat(statuses(keys)).containsOnly(KeyStatus.DISABLED);
    assertThat(undo(edits, change.id())).isZero();
  }

  @Test
  void undo_removes_a_tag_only_from_the_keys_that_it_was_added_to() {
    List<UUID> keys = t.add(3);
    edits.tag(t.admin, Selection.of(keys.subList(0, 1)), "mine", true);
    var tagged = edits.tag(t.admin, Selection.of(keys), "mine", true);
    edits.tag(t.admin, Selection.of(keys.subList(1, 2)), "mine", false);
    edits.tag(t.admin, Selection.of(keys.subList(1, 2)), "mine", true);
    assertThat(undo(edits, tagged.id())).isEqualTo(1);
    assertThat(keys.stream().map(key -> t.key(key).tags()))
        .containsExactly(List.of("mine"), List.of("mine"), List.of());
    var untagged = edits.tag(t.admin, Selection.of(keys), "mine", false);
    assertThat(undo(edits, untagged.id())).isEqualTo(2);
    assertThat(t.key(keys.getFirst()).tags()).containsExactly("mine");
  }

  @ParameterizedTest
  @ValueSource(ints = {5_000, 2})
  void accounts_are_restored_with_their_source(int part) {
    KeyCommands edits = t.edits(part);
    t.jobs.start(edits.jobs());
    List<UUID> keys = t.add(4);
    edits.setAccount(t.admin, Selection.of(keys.subList(0, 1)), "typed");
    t.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ACCOUNT, "learnt")
                .set(API_KEYS.ACCOUNT_SOURCE, "learnt")
                .where(API_KEYS.ID.eq(keys.get(1)))
                .execute());
    var change = edits.setAccount(t.admin, Selection.of(keys), "wrong");
    Await.until("all keys have the account", () -> edits.running(t.workspace).isEmpty());
    edits.setAccount(t.admin, Selection.of(keys.subList(3, 4)), "later");
    assertThat(edits.undo().undoChange(t.admin, change.id()))
        .isEqualTo(
            part == 2
                ? new UndoResult.Queued(Kind.ACCOUNT_BACK)
                : new UndoResult.Completed(Kind.ACCOUNT_BACK, new BulkResult(3)));
    Await.until("all have their previous values", () -> edits.running(t.workspace).isEmpty());
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
    var change = edits.setAccount(t.admin, Selection.of(keys), "wrong");
    new KeyImport(t.database, t.vault, t.audit, t.jobs, t.ids, t.clock)
        .replacements()
        .replace(t.admin, t.id, keys.getFirst(), "sk-or-v1-the-new-secret-of-this-key");
    assertThat(undo(edits, change.id())).isEqualTo(1);
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
    assertThat(change.done().queued()).isTrue();
    inParts.undo().undoChange(t.admin, change.id());
    Await.until("both changes have ended", () -> inParts.running(t.workspace).isEmpty());
    assertThat(statuses(keys.subList(0, 1))).containsExactly(KeyStatus.DISABLED);
    assertThat(statuses(keys.subList(1, 7))).containsOnly(KeyStatus.ACTIVE);
  }

  @Test
  void a_finished_change_of_many_keys_is_also_undone_by_a_job() {
    KeyCommands inParts = t.edits(2);
    t.jobs.start(inParts.jobs());
    List<UUID> keys = t.add(7);
    var change =
        inParts.tag(
            t.admin, new Selection.Matching(KeyFilter.ALL, 7, t.clock.instant()), "x", true);
    Await.until("all are tagged", () -> inParts.running(t.workspace).isEmpty());
    assertThat(inParts.undo().undoChange(t.admin, change.id()))
        .isEqualTo(new UndoResult.Queued(Kind.UNTAG));
    Await.until("the tags are gone", () -> inParts.running(t.workspace).isEmpty());
    assertThat(keys.stream().map(key -> t.key(key).tags())).containsOnly(List.of());
  }

  @Test
  void the_audit_log_names_what_an_undo_stopped_and_what_it_undid() {
    KeyCommands inParts = t.edits(2);
    t.add(7);
    var change =
        inParts.disable(t.admin, new Selection.Matching(KeyFilter.ALL, 7, t.clock.instant()));

    var undone = inParts.undo().undoChange(t.admin, change.id());

    assertThat(undone).isEqualTo(new UndoResult.Completed(Kind.ENABLE, new BulkResult(7)));
    var line = t.audit.newest(t.workspace, AuditFilter.ALL, null, 1).getFirst();
    assertThat(line.action()).isEqualTo("enabled keys");
    assertThat(line.subject()).isEqualTo("undo of " + change.id());
    assertThat(line.details()).isEqualTo(Map.of("keys", "7", "names", "those not reached yet"));
  }

  @Test
  void a_change_of_another_workspace_or_an_unknown_one_is_not_undone() {
    List<UUID> keys = t.add(1);
    var change = edits.disable(t.admin, Selection.of(keys));
    var stranger =
        new Principal(t.ids.next(), "b@example.com", t.ids.next(), t.admin.role(), false);
    assertThat(edits.undo().undoChange(stranger, change.id())).isEqualTo(new UndoResult.Unknown());
    assertThat(edits.undo().undoChange(t.admin, t.ids.next())).isEqualTo(new UndoResult.Unknown());
    assertThat(statuses(keys)).containsExactly(KeyStatus.DISABLED);
  }

  /** The number of keys that the undo changed immediately. */
  private int undo(KeyCommands edits, UUID change) {
    return ((UndoResult.Completed) edits.undo().undoChange(t.admin, change)).done().changed();
  }

  private List<KeyStatus> statuses(List<UUID> keys) {
    return keys.stream().map(key -> t.key(key).status()).toList();
  }
}
