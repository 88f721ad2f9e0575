package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.support.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Migrates keys of a schema in which the rotation was not yet a separate table. */
@Tag("full")
class RotationMigrationTest {
  private static final String BEFORE = "118";

  /** 480 keys of two pools in each of two workspaces, in every state. */
  private static final String KEYS =
      """
      insert into workspaces (id, name, created_at)
      select gen_random_uuid(), v.name, now() from (values ('one'), ('two')) v(name);
      insert into data_keys (id, purpose, kek_id, wrapped, canary, state, created_at)
      values (gen_random_uuid(), 'secrets', '', '', '', 'active', now());
      insert into api_keys (id, workspace_id, provider, name, data_key_id, ciphertext, fingerprint, prefix, last_four,
                            enabled, status, status_since, usable_free, usable_paid, added_at, assigned_seq, assigned, deleted_at)
      select gen_random_uuid(), w.id, p.provider, p.name || n, d.id, '', (p.name || n)::bytea, '', '',
             s.status <> 'disabled', s.status, now(), s.status = 'active' or s.status = 'rate_limited' and n % 2 = 0, s.status = 'active',
             now(), case when n % 3 > 0 then n * 7919 % 1009 end, case when n % 3 > 0 then n else 0 end, case when n % 5 = 0 then now() end
        from generate_series(1, 120) n
        join (values (0, 'active'), (1, 'rate_limited'), (2, 'failed'), (3, 'disabled')) s(place, status) on s.place = n / 2 % 4
        cross join workspaces w cross join data_keys d cross join (values ('openrouter', 'key'), ('sandbox', 'box')) p(provider, name)
       order by sha256(n::text::bytea);
      select setval('rotation_seq', 2000);
      """;

  /** The statement with which a node of the previous version assigns a key of the first pool. */
  private static final String ASSIGN =
      """
      update api_keys set assigned_seq = nextval('rotation_seq'), assigned = assigned + 1
       where name = ? and provider = 'openrouter'
         and workspace_id = (select id from workspaces where name = 'one')""";

  private static final String ADD =
      """
      insert into api_keys (id, workspace_id, provider, name, data_key_id, ciphertext, fingerprint,
                            prefix, last_four, status, status_since, added_at)
      select gen_random_uuid(), workspace_id, provider, 'new', data_key_id, '', 'new',
             '', '', 'active', now(), now()
        from api_keys limit 1""";

  @AutoClose private final TestDatabase database = TestDatabase.empty();

  @AutoClose
  private final HikariDataSource owner =
      ConnectionPool.open(database.owner(), 2, ConnectionPool.Use.MIGRATIONS);

  @BeforeEach
  void fill() throws SQLException {
    migrate(BEFORE);
    database.asOwner(KEYS);
    ApplicationRights.grant(owner, "keywheel_app");
  }

  @Test
  void keys_of_every_state_have_the_same_order_in_their_pools_as_before() {
    List<String> before =
        Stream.of("k.usable_free", "k.usable_paid", "true", "k.status <> 'active'")
            .map(which -> "k.deleted_at is null and " + which)
            .flatMap(which -> order(which, "k.assigned_seq nulls first, k.added_seq"))
            .toList();
    List<String> trash =
        order("k.deleted_at is not null", "k.assigned_seq nulls first, k.added_seq").toList();
    assertThat(before).hasSize(16);

    migrate("119");

    assertThat(
            Stream.of(
                    "r.usable_free",
                    "r.usable_paid",
                    "r.status is not null",
                    "r.status <> 'active'")
                .flatMap(which -> order(which, "r.rotation_number")))
        .containsExactlyElementsOf(before);
    assertThat(order("r.status is null", "r.rotation_number"))
        .as("the trash")
        .hasSize(4)
        .containsExactlyElementsOf(trash);
    assertThat(number("rotation_order r join api_keys on id = key_id where assignments = assigned"))
        .isEqualTo(480);
  }

  @Test
  void a_node_of_the_previous_version_works_before_the_next_start_grants_rights() {
    migrate("119");

    var app = database.database();
    app.runTx(
        tx -> {
          tx.dsl().execute(ASSIGN, "key4");
          tx.dsl().execute(ASSIGN, "key1");
          tx.dsl().execute("update api_keys set deleted_at = now() where name = 'key2'");
          tx.dsl().execute("delete from api_keys where name = 'key5'");
          tx.dsl().execute(ADD);
        });

    assertThat(names("where assignments > 0 order by rotation_number desc limit 2"))
        .containsExactly("key1 2", "key4 5");
    assertThat(names("where rotation_number < 0 order by rotation_number desc limit 1"))
        .as("the last key that was never assigned")
        .containsExactly("new 0");
    assertThat(number("rotation_order where status is null")).isEqualTo(4 * 24);
    assertThat(number("rotation_order")).isEqualTo(number("api_keys")).isEqualTo(479);
  }

  @Test
  void the_application_may_write_the_rotation_before_the_next_start_grants_rights() {
    migrate("119");

    database
        .database()
        .runTx(
            tx -> {
              tx.dsl().execute("update rotation_order set assignments = assignments + 1");
              tx.dsl().execute("delete from rotation_order");
            });

    assertThat(number("rotation_order")).isZero();
  }

  /** A line with the names of its keys for each pool. */
  private Stream<String> order(String which, String by) {
    return texts(
        """
        select w.name || ' ' || k.provider || ': ' || string_agg(k.name, ' ' order by %2$s)
          from api_keys k join workspaces w on w.id = k.workspace_id %3$s
         where %1$s group by w.name, k.provider order by w.name, k.provider"""
            .formatted(
                which, by, by.startsWith("r.") ? "join rotation_order r on r.key_id = k.id" : ""))
        .stream();
  }

  /** Keys with the number of their assignments. */
  private List<String> names(String which) {
    return texts(
        "select name || ' ' || assignments from rotation_order join api_keys on id = key_id "
            + which);
  }

  private int number(String from) {
    return database
        .asOwner()
        .read(dsl -> dsl.fetchSingle("select count(*) from " + from).get(0, Integer.class));
  }

  private List<String> texts(String query) {
    return database.asOwner().read(dsl -> dsl.fetch(query).getValues(0, String.class));
  }

  private void migrate(String target) {
    Migrations.configuration("classpath:db/migration")
        .dataSource(owner)
        .target(target)
        .load()
        .migrate();
  }
}
