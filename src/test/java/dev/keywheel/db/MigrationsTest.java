package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.util.concurrent.FutureTask;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Migrations of a database with rows, interrupted in the middle, and while other sessions hold
 * locks.
 */
@Tag("full")
class MigrationsTest {
  private static final String REWRITE = "classpath:migrations/rewrite";
  private static final String CONCURRENT = "classpath:migrations/concurrent";

  private final TestDatabase postgres = TestDatabase.create();
  private final HikariDataSource owner =
      ConnectionPool.open(postgres.owner(), 2, ConnectionPool.Use.MIGRATIONS);

  @AfterEach
  void close() {
    owner.close();
    postgres.close();
  }

  @Test
  void an_interrupted_migration_leaves_no_change_and_is_applied_by_the_next_start()
      throws Exception {
    execute("create table holds_up as select true as yes");
    execute(
        "create table many as select n as id, 'row ' || n as text from generate_series(1, 20000) n");
    var first = new Thread(() -> assertThatThrownBy(() -> Migrations.apply(owner, REWRITE)));
    first.start();
    Await.until(
        "the migration is under way",
        () ->
            count(
                    "pg_stat_activity where query like '%pg_sleep(600)%' and state = 'active' and pid <> pg_backend_pid()")
                == 1);
    execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()");
    Await.until("the migration has ended", () -> !first.isAlive());
    assertThat(
            count(
                "information_schema.columns where table_name = 'many' and column_name = 'length'"))
        .isZero();
    execute("drop table holds_up");
    assertThat(Migrations.apply(owner, REWRITE)).isEqualTo(1);
    assertThat(count("many where length = length(text)")).isEqualTo(20_000);
    assertThat(Migrations.apply(owner, REWRITE)).isZero();
  }

  @Test
  void an_index_whose_build_failed_is_rebuilt() throws Exception {
    execute("create table many as select 1 as id from generate_series(1, 2)");
    assertThatThrownBy(() -> Migrations.apply(owner, CONCURRENT))
        .isInstanceOf(FlywayException.class);
    execute("delete from many where ctid = (select min(ctid) from many)");
    assertThat(Migrations.apply(owner, CONCURRENT)).isEqualTo(1);
    assertThat(count("pg_index where indexrelid = 'many_by_id'::regclass and indisvalid"))
        .isEqualTo(1);
  }

  @Test
  void stored_plans_become_seats_and_runs_without_a_plan_have_none() throws Exception {
    try (var empty = TestDatabase.empty();
        var source = ConnectionPool.open(empty.owner(), 2, ConnectionPool.Use.MIGRATIONS);
        var connection = source.getConnection();
        var statement = connection.createStatement()) {
      var configuration = Migrations.configuration("classpath:db/migration");
      configuration.dataSource(source).target("48").load().migrate();
      statement.execute(
          """
          insert into workspaces (id, name, created_at) values (gen_random_uuid(), 'w', now());
          insert into articles (id, workspace_id, slug, topic, state, created_at, updated_at)
          select gen_random_uuid(), id, 'a', 'a', 'draft', now(), now() from workspaces;
          insert into runs (id, workspace_id, article_id, request_id, provider, kind, inputs, state,
                            started_by_name, created_at, plan)
          select gen_random_uuid(), workspace_id, id, gen_random_uuid(), 'openrouter', 'full', '{}',
                 v.state, 'x', now(), plan::jsonb
            from articles, (values
              ('completed', '{"seats": [{"keyId": "00000000-0000-0000-0000-000000000001", "keyName": "b", "seq": 9},
                                        {"keyId": "00000000-0000-0000-0000-000000000002", "keyName": "a", "seq": 4}]}'),
              ('queued', null)) v(state, plan)
          """);
      Migrations.apply(source);
      var seats =
          statement.executeQuery(
              """
              select string_agg(state || ' ' || place || ' ' || right(key_id::text, 1) || ' '
                                || key_name || ' ' || rotation_number, ', ' order by place)
                from run_seats join runs on runs.id = run_id
              """);
      assertThat(seats.next()).isTrue();
      assertThat(seats.getString(1)).isEqualTo("completed 1 1 b 9, completed 2 2 a 4");
    }
  }

  @Test
  void administrators_of_the_first_workspace_become_instance_administrators() throws Exception {
    try (var empty = TestDatabase.empty();
        var source = ConnectionPool.open(empty.owner(), 2, ConnectionPool.Use.MIGRATIONS);
        var connection = source.getConnection();
        var statement = connection.createStatement()) {
      var configuration = Migrations.configuration("classpath:db/migration");
      configuration.dataSource(source).target("63").load().migrate();
      statement.execute(
          """
          insert into workspaces (id, name, created_at) values
            ('00000000-0000-0000-0000-00000000000b', 'second', now()),
            ('00000000-0000-0000-0000-00000000000a', 'first', now() - interval '1 day');
          insert into users (id, email, password_hash, created_at, password_changed_at)
          select gen_random_uuid(), name, 'x', now(), now()
            from unnest(array['admin', 'operator', 'elsewhere']) name;
          insert into members (workspace_id, user_id, role, joined_at)
          select ('00000000-0000-0000-0000-00000000000' || v.place)::uuid, id, v.role, now()
            from users join (values ('admin', 'a', 'admin'), ('operator', 'a', 'operator'),
              ('elsewhere', 'b', 'admin')) v(email, place, role) using (email);
          insert into settings (workspace_id, name, value, changed_at)
          select id, 'retention', '{"logDays": 9}', now() from workspaces;
          """);
      Migrations.apply(source);
      var found =
          statement.executeQuery(
              """
              select (select string_agg(email, ' ') from users where instance_admin),
                     (select value ->> 'logDays' from instance_settings where name = 'retention'),
                     (select count(*) from settings)
              """);
      assertThat(found.next()).isTrue();
      assertThat(found.getString(1)).isEqualTo("admin");
      assertThat(found.getString(2)).isEqualTo("9");
      assertThat(found.getInt(3)).isZero();
    }
  }

  @Test
  void keys_keep_their_places_in_the_rotation() throws Exception {
    try (var empty = TestDatabase.empty();
        var source = ConnectionPool.open(empty.owner(), 2, ConnectionPool.Use.MIGRATIONS);
        var connection = source.getConnection();
        var statement = connection.createStatement()) {
      var configuration = Migrations.configuration("classpath:db/migration");
      configuration.dataSource(source).target("118").load().migrate();
      statement.execute(
          """
          insert into workspaces (id, name, created_at) values (gen_random_uuid(), 'w', now());
          insert into data_keys (id, purpose, kek_id, wrapped, canary, state, created_at)
          values (gen_random_uuid(), 'secrets', '', '', '', 'active', now());
          insert into api_keys (id, workspace_id, provider, name, data_key_id, ciphertext, fingerprint, prefix, last_four,
                                status, status_since, added_at, assigned_seq, assigned, deleted_at)
          select gen_random_uuid(), w.id, 'openrouter', v.name, d.id, '', v.name::bytea, '', '', 'active', now(), now(), v.seq,
                 v.assigned, v.deleted
            from workspaces w, data_keys d, (values
              ('last', 9, 3, null), ('first', 4, 2, null), ('new', null, 0, null), ('newer', null, 0, null),
              ('in the trash', 2, 1, now())) v(name, seq, assigned, deleted)
          """);
      Migrations.apply(source);
      var order =
          statement.executeQuery(
              """
              select string_agg(name || ' ' || assignments, ', ' order by rotation_number)
                from api_keys join rotation_order r on key_id = id where r.usable_free
              """);
      assertThat(order.next()).isTrue();
      assertThat(order.getString(1)).isEqualTo("new 0, newer 0, first 2, last 3");
    }
  }

  @Test
  void an_article_that_was_edited_after_its_review_becomes_a_draft() throws Exception {
    try (var empty = TestDatabase.empty();
        var source = ConnectionPool.open(empty.owner(), 2, ConnectionPool.Use.MIGRATIONS);
        var connection = source.getConnection();
        var statement = connection.createStatement()) {
      var configuration = Migrations.configuration("classpath:db/migration");
      configuration.dataSource(source).target("123").load().migrate();
      statement.execute(
          """
          insert into workspaces (id, name, created_at) values (gen_random_uuid(), 'w', now());
          insert into articles (id, workspace_id, slug, topic, state, reviewed_by_name, reviewed_at,
                                created_at, updated_at)
          select gen_random_uuid(), id, slug, slug, 'reviewed', 'x', now(), now(), now()
            from workspaces, unnest(array['edited', 'older current', 'unchanged']) slug;
          insert into parts (id, article_id, part, version, current, origin, body, created_at)
          select gen_random_uuid(), id, 'faq', v.version, v.current, v.origin, '{}', reviewed_at + v.after
            from articles join (values
              ('edited', 1, false, 'run', interval '-1 hour'), ('edited', 2, true, 'edit', interval '1 hour'),
              ('older current', 1, false, 'edit', interval '1 hour'),
              ('older current', 2, true, 'run', interval '-1 hour'),
              ('unchanged', 1, true, 'run', interval '0')) v(slug, version, current, origin, after)
              using (slug);
          """);
      Migrations.apply(source);
      var states =
          statement.executeQuery(
              """
              select string_agg(slug || ' ' || state || ' ' || (reviewed_at is not null), ', ' order by slug)
                from articles
              """);
      assertThat(states.next()).isTrue();
      assertThat(states.getString(1))
          .isEqualTo("edited draft true, older current reviewed true, unchanged reviewed true");
    }
  }

  /** A node of the previous version reads keys and streams in a transaction, then writes them. */
  @Test
  void a_migration_waits_for_a_transaction_that_has_read_and_will_write() throws Exception {
    try (var empty = TestDatabase.empty();
        var source = ConnectionPool.open(empty.owner(), 2, ConnectionPool.Use.MIGRATIONS)) {
      var configuration = Migrations.configuration("classpath:db/migration");
      configuration.dataSource(source).target("107").load().migrate();
      var applied = new FutureTask<>(() -> Migrations.apply(source));
      empty
          .asOwner()
          .runTx(
              tx -> {
                tx.dsl().execute("select from api_keys, event_streams");
                Thread.startVirtualThread(applied);
                Await.until("the migration waits", () -> TestDatabase.anotherWaitsForLock(tx));
                tx.dsl().execute("update api_keys set name = name");
                tx.dsl().execute("delete from key_changes");
                tx.dsl().execute("update event_streams set last_seq = last_seq");
                tx.dsl().execute("delete from events");
              });
      assertThat(applied.get()).isPositive();
    }
  }

  @Test
  void a_statement_of_a_migration_may_take_longer_than_one_of_a_page() throws Exception {
    try (var connection = owner.getConnection();
        var set =
            connection
                .createStatement()
                .executeQuery(
                    "select current_setting('statement_timeout'), current_setting('lock_timeout')")) {
      assertThat(set.next()).isTrue();
      assertThat(set.getString(1)).isEqualTo("0");
      assertThat(set.getString(2)).isEqualTo("10s");
      assertThat(connection.getNetworkTimeout()).isZero();
    }
  }

  @Test
  void tables_of_a_restored_database_are_analyzed_in_any_schema() throws Exception {
    execute("create schema \"Other\"");
    execute(
        "create table \"Other\".many with (autovacuum_enabled = false) as select n, repeat('x', 100) from generate_series(1, 10000) n");
    var address = postgres.owner().jdbcUrl() + "&currentSchema=%22Other%22";
    try (var inOther =
        ConnectionPool.open(DatabaseAddress.parse(address), 1, ConnectionPool.Use.MIGRATIONS)) {
      Migrations.analyzeRestored(inOther);
    }
    assertThat(count("pg_class where oid = '\"Other\".many'::regclass and reltuples > 0"))
        .isEqualTo(1);
  }

  private void execute(String sql) {
    postgres.asOwner(sql);
  }

  private int count(String from) {
    return postgres
        .asOwner()
        .read(dsl -> dsl.fetchSingle("select count(*) from " + from).get(0, Integer.class));
  }
}
