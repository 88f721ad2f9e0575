package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Tx;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.KeyPageQuery;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.search.SelectionQuery;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.Observations;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.Await;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestKeys;
import dev.keywheel.support.TestPool;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyCommandsTest {
  @AutoClose private final TestPool t = new TestPool();
  private final KeyCommands edits = t.edits(5_000);

  @Test
  void no_two_keys_of_a_workspace_have_the_same_name_in_any_case_or_pool() {
    UUID mine = t.add("mine").getFirst();
    UUID theirs = addTo(new PoolId(t.workspace, "another"), "theirs");
    assertThatThrownBy(() -> edits.rename(t.admin, mine, "THEIRS", _ -> {}))
        .isInstanceOf(Rejected.class)
        .hasMessage("Another key is called THEIRS.");
    edits.rename(t.admin, mine, "Mine", _ -> {});
    assertThat(t.key(mine).name()).isEqualTo("Mine");
    assertThat(t.key(addTo(t.id, "Theirs")).name()).isEqualTo("Theirs (2)");
    var deletion = edits.delete(t.admin, Selection.of(List.of(theirs)));
    edits.rename(t.admin, mine, "theirs", _ -> {});
    edits.undo().undoDeletion(t.admin, deletion.id());
    assertThat(t.key(theirs).name()).isEqualTo("theirs (3)");
  }

  @Test
  void long_names_in_use_are_truncated_to_make_room_for_the_number() {
    String longest = "n".repeat(100);
    t.add(longest);
    assertThat(t.key(addTo(t.id, longest.toUpperCase(Locale.ROOT))).name())
        .isEqualTo("N".repeat(96) + " (2)");
  }

  @Test
  void selected_keys_are_found_while_another_change_holds_their_pool() {
    List<UUID> ids = t.add(2);
    var list = new KeyList(t.database);
    var selection = new Selection.Ids(Set.copyOf(ids));
    var existing =
        t.database.inTx(
            tx -> {
              t.pool.rotation().lock(tx, t.id);
              return CompletableFuture.supplyAsync(() -> list.existing(t.admin, selection)).join();
            });
    assertThat(existing.ids()).isEqualTo(ids);
  }

  @Test
  void a_selection_shown_as_more_than_2000_keys_is_counted_no_further() {
    t.add(4_000);
    var many =
        new Selection.Matching(
            KeyFilter.ALL, KeyPageQuery.MAX_COUNTED + 1, t.clock.instant().plusSeconds(1));
    long read =
        RowsRead.by(
            t.database, dsl -> SelectionQuery.unlocked(new Tx(dsl), t.admin, many), "api_keys");
    assertThat(read).isBetween(2_001L, 2_100L);
  }

  @Test
  void all_matching_keys_are_counted_while_the_pools_are_locked() {
    List<UUID> keys = t.add(3);
    t.fail(keys.getFirst());
    var filter = new KeyFilter("", KeyStatus.FAILED, null, null, null);
    var all = new Selection.Matching(filter, 1, t.clock.instant());
    var deletion =
        t.database.inTx(
            tx -> {
              t.pool.rotation().lock(tx, t.id);
              var deleting = CompletableFuture.supplyAsync(() -> edits.delete(t.admin, all));
              Await.until(
                  "the edit waits for the pool", () -> TestDatabase.anotherWaitsForLock(tx));
              t.pool
                  .updater()
                  .recordChecks(
                      tx,
                      t.id,
                      List.of(
                          Observations.checked(
                              keys.getLast(), Observations.refused(t.clock.instant()))),
                      t.clock.instant(),
                      TestKeys.ACTOR);
              return deleting;
            });
    assertThatThrownBy(deletion::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(Conflict.class);
    assertThat(t.pool.status().counts(t.id).failed()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"account", "tag", "reveal", "trash"})
  void a_change_waits_for_the_pool_before_it_locks_a_key(String change) throws Exception {
    UUID key = t.add(1).getFirst();
    Selection one = Selection.of(List.of(key));
    Runnable edit =
        switch (change) {
          case "account" -> () -> edits.setAccount(t.admin, one, "ada@example.org");
          case "tag" -> () -> edits.tag(t.admin, one, "mine", true);
          case "trash" -> {
            edits.delete(t.admin, one);
            t.clock.tick(KeyTrash.KEPT_FOR.plusSeconds(1));
            yield edits::purgeExpired;
          }
          default -> () -> edits.recordReveal(t.admin, key);
        };
    var done =
        t.database.inTx(
            tx -> {
              t.pool.rotation().lock(tx, t.id);
              var editing = CompletableFuture.runAsync(edit);
              Await.until(
                  "the edit waits for the pool", () -> TestDatabase.anotherWaitsForLock(tx));
              tx.dsl()
                  .select(API_KEYS.ID)
                  .from(API_KEYS)
                  .where(API_KEYS.ID.eq(key))
                  .forUpdate()
                  .noWait()
                  .fetch();
              return editing;
            });
    done.get();
  }

  private UUID addTo(PoolId pool, String name) {
    var key = new NewKey(name, Secret.of("sk-or-v1-test-secret-of-" + name + pool.provider()));
    return t.database.inTx(tx -> t.testKeys.add(tx, pool, List.of(key))).getFirst();
  }
}
