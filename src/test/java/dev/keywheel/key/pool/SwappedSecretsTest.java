package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.TestPool;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A ciphertext that was moved in the database is refused, so that no secret is sent to another
 * provider or workspace.
 */
class SwappedSecretsTest {
  @AutoClose private static final TestPool pool = new TestPool();

  private UUID first = new UUID(0, 0);
  private UUID second = new UUID(0, 0);

  @BeforeEach
  void add() {
    List<UUID> added = pool.add(pool.ids.next().toString(), pool.ids.next().toString());
    first = added.getFirst();
    second = added.getLast();
    assertThat(pool.pool.secrets().open(pool.workspace, first).lastFour()).hasSize(4);
  }

  @Test
  void ciphertexts_of_two_keys_cannot_be_swapped() {
    change(
        "update api_keys a set ciphertext = b.ciphertext from api_keys b where a.id <> b.id"
            + " and a.id in ('%1$s', '%2$s') and b.id in ('%1$s', '%2$s')"
                .formatted(first, second));
    assertRefused(pool.workspace, first);
    assertRefused(pool.workspace, second);
  }

  @Test
  void a_secret_cannot_be_decrypted_for_another_provider() {
    change("update api_keys set provider = 'sandbox' where id = '" + first + "'");
    assertRefused(pool.workspace, first);
  }

  @Test
  void a_secret_cannot_be_decrypted_for_another_workspace() {
    UUID other = pool.ids.next();
    pool.database.runTx(
        tx ->
            tx.dsl()
                .insertInto(WORKSPACES)
                .set(WORKSPACES.ID, other)
                .set(WORKSPACES.NAME, "Other")
                .set(WORKSPACES.CREATED_AT, pool.clock.instant())
                .execute());
    UUID theirs =
        pool.database
            .inTx(
                tx ->
                    pool.testKeys.add(
                        tx,
                        new PoolId(other, "openrouter"),
                        List.of(new NewKey("theirs", Secret.of("sk-or-v1-test-secret-theirs")))))
            .getFirst();
    change(
        "update api_keys set (data_key_id, ciphertext) = (select data_key_id, ciphertext from"
            + " api_keys where id = '%s') where id = '%s'".formatted(first, theirs));
    assertRefused(other, theirs);
    change("update api_keys set workspace_id = '%s' where id = '%s'".formatted(other, second));
    assertRefused(other, second);
  }

  private static void assertRefused(UUID workspace, UUID key) {
    assertThatThrownBy(() -> pool.pool.secrets().open(workspace, key))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("altered or moved");
  }

  private static void change(String sql) {
    int changed = pool.database.inTx(tx -> tx.dsl().execute(sql));
    assertThat(changed).as("rows of " + API_KEYS.getName()).isPositive();
  }
}
