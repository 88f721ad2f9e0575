package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Migrations of a database that holds rows, cut off in their middle and under the locks of others.
 */
class MigrationsTest {
  private static final String REWRITE = "classpath:migrations/rewrite";
  private static final String CONCURRENT = "classpath:migrations/concurrent";

  private final TestDatabase postgres = TestDatabase.create();
  private final HikariDataSource owner =
      ConnectionPool.open(postgres.address(), 2, ConnectionPool.Use.MIGRATIONS);

  @AfterEach
  void close() {
    owner.close();
    postgres.close();
  }

  @Test
  void a_migration_that_is_cut_off_leaves_nothing_and_is_done_by_the_next_start() throws Exception {
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
    Await.until("it ended", () -> !first.isAlive());
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
  void an_index_that_failed_is_made_again() throws Exception {
    execute("create table many as select 1 as id from generate_series(1, 2)");
    assertThatThrownBy(() -> Migrations.apply(owner, CONCURRENT))
        .isInstanceOf(FlywayException.class);
    execute("delete from many where ctid = (select min(ctid) from many)");
    assertThat(Migrations.apply(owner, CONCURRENT)).isEqualTo(1);
    assertThat(count("pg_index where indexrelid = 'many_by_id'::regclass and indisvalid"))
        .isEqualTo(1);
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

  private void execute(String sql) {
    postgres.database().read(dsl -> dsl.execute(sql));
  }

  private int count(String from) {
    return postgres
        .database()
        .read(dsl -> dsl.fetchSingle("select count(*) from " + from).get(0, Integer.class));
  }
}
