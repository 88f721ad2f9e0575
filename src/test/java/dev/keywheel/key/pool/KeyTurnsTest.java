package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.TestPool;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The turns of keys have what the rotation is read by, whatever changes in the keys. */
class KeyTurnsTest {
  private final TestPool pool = new TestPool();

  @AfterEach
  void close() {
    pool.close();
  }

  @Test
  void a_key_has_a_turn_until_it_is_removed() {
    var keys = pool.add(3);
    assertThat(turns()).isEqualTo(3);

    execute("delete from api_keys where id = '" + keys.getFirst() + "'");
    assertThat(turns()).isEqualTo(2);
  }

  @Test
  void a_turn_tells_whether_its_key_can_be_used() {
    pool.add(3);

    execute("update api_keys set usable_paid = not usable_paid where name = 'key1'");
    assertTurnsAsKeys();
    execute("update api_keys set deleted_at = now() where name <> 'key3'");
    assertTurnsAsKeys();
    assertThat(usable()).hasSize(1);
    execute("update api_keys set deleted_at = null, usable_free = true");
    assertTurnsAsKeys();
    assertThat(usable()).hasSize(3);
  }

  @Test
  void a_key_that_is_assigned_by_its_own_row_moves_to_the_end() {
    var keys = pool.add(2);
    assign(keys.getFirst());
    assign(keys.getFirst());

    execute(
        "update api_keys set assigned_seq = nextval('rotation_seq'), assigned = assigned + 1"
            + " where name = 'key2'");

    assertThat(usable()).containsExactly(keys.getFirst(), keys.getLast());
    assertThat(assigned()).containsExactly(2L, 1L);
  }

  @Test
  void an_older_copy_of_a_turn_moves_no_key() {
    var keys = pool.add(2);
    assign(keys.getLast());
    assign(keys.getFirst());

    execute("update api_keys set assigned_seq = 1, assigned = 5 where name = 'key1'");

    assertThat(usable()).containsExactly(keys.getLast(), keys.getFirst());
    assertThat(assigned()).containsExactly(1L, 1L);
  }

  private void assign(UUID key) {
    pool.database.runTx(
        tx -> {
          pool.pool.rotation().lock(tx, pool.id);
          pool.pool.rotation().assign(tx, List.of(key));
        });
  }

  private List<UUID> usable() {
    return pool.pool.rotation().findNext(pool.id, ModelClass.FREE, 10).stream()
        .map(key -> key.id())
        .toList();
  }

  private List<Long> assigned() {
    return pool.pool.rotation().findAll(pool.id, 10).stream().map(key -> key.assigned()).toList();
  }

  private void execute(String sql) {
    pool.database.runTx(tx -> tx.dsl().execute(sql));
  }

  private int turns() {
    return pool.database.read(dsl -> dsl.fetchCount(dsl.selectOne().from("key_turns")));
  }

  private void assertTurnsAsKeys() {
    var different =
        pool.database.read(
            dsl ->
                dsl.fetch(
                        """
                        select k.name from api_keys k left join key_turns t
                            on t.key_id = k.id and t.workspace_id = k.workspace_id and t.provider = k.provider
                           and t.added_seq = k.added_seq and t.usable_free = (k.usable_free and k.deleted_at is null)
                           and t.usable_paid = (k.usable_paid and k.deleted_at is null)
                         where t.key_id is null
                        """)
                    .getValues(0, String.class));
    assertThat(different).isEmpty();
  }
}
