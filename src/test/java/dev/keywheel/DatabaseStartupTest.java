package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.config.Config;
import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.db.Migrations;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import dev.keywheel.time.Delayer;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Which roles of the database a start accepts. */
@Tag("full")
class DatabaseStartupTest {
  @AutoClose private static final TestDatabase test = TestDatabase.create();

  @Test
  void a_superuser_is_refused_with_a_message() {
    assertThatThrownBy(() -> start(test.superuser(), Map.of()))
        .isInstanceOf(StartProblem.class)
        .hasMessageContaining("DATABASE_URL connects as postgres, a superuser")
        .hasMessageContaining("db/roles.sql")
        .hasMessageContaining("KEYWHEEL_ALLOW_SUPERUSER=on");
  }

  @Test
  void a_role_that_may_become_a_superuser_is_also_refused() throws Exception {
    asSuperuser("create role almost login; grant postgres to almost");
    try {
      assertThatThrownBy(() -> start(as("almost"), Map.of()))
          .isInstanceOf(StartProblem.class)
          .hasMessageContaining("connects as almost, a superuser");
    } finally {
      asSuperuser("drop role almost");
    }
  }

  @Test
  void a_superuser_is_accepted_if_the_operator_allows_it() throws Exception {
    start(test.superuser(), Map.of("KEYWHEEL_ALLOW_SUPERUSER", "on"));
  }

  @Test
  void an_exception_whose_message_is_only_a_name_is_reported_with_its_cause() {
    assertThat(StartProblem.reason(new SQLException(new UnknownHostException("db.invalid"))))
        .isEqualTo("unknown host db.invalid");
    assertThat(StartProblem.reason(new AccessDeniedException("/data")))
        .isEqualTo("access denied: /data");
    assertThat(StartProblem.reason(new NoSuchFileException("/proc/data")))
        .isEqualTo("no such file or folder: /proc/data");
    assertThat(StartProblem.reason(new SQLException("one\ntwo"))).isEqualTo("one");
  }

  @Test
  void an_exception_that_is_among_its_own_causes_is_reported() {
    var inner = new SQLException("inner");
    var outer = new IllegalStateException("outer", inner);
    inner.initCause(outer);

    assertThat(StartProblem.reason(outer)).isEqualTo("inner");
  }

  @Test
  void the_owner_alone_is_accepted() throws Exception {
    start(test.owner(), Map.of());
  }

  @Test
  void another_role_gets_its_rights_from_the_owner_at_the_start() throws Exception {
    asSuperuser("create role other login");
    try {
      start(as("other"), Map.of("DATABASE_MIGRATION_URL", test.owner().jdbcUrl()));
      assertThat(
              test.database()
                  .<Boolean>read(
                      dsl ->
                          dsl.fetchSingle(
                                  "select has_table_privilege('other', 'audit_events', 'insert')"
                                      + " and not has_table_privilege('other', 'audit_events',"
                                      + " 'delete')")
                              .get(0, Boolean.class)))
          .isTrue();
    } finally {
      asSuperuser("drop owned by other; drop role other");
    }
  }

  @Test
  void a_restored_table_gets_its_statistics_at_the_start() throws Exception {
    test.asOwner(
        """
        create table restored with (autovacuum_enabled = false) as
        select n from generate_series(1, 50000) n
        """);
    try {
      start(test.owner(), Map.of());
      assertThat(
              test.database()
                  .<Integer>read(
                      dsl ->
                          dsl.fetchSingle(
                                  "select reltuples::int from pg_class where relname = 'restored'")
                              .get(0, Integer.class)))
          .isEqualTo(50_000);
    } finally {
      test.asOwner("drop table restored");
    }
  }

  @Test
  void a_server_without_tls_is_refused_when_the_address_requires_it() {
    var strict =
        new DatabaseAddress(
            url("&sslmode=verify-full"), test.address().user(), test.address().password());
    assertThatThrownBy(
            () -> start(strict, Map.of("DATABASE_MIGRATION_URL", test.owner().jdbcUrl())))
        .isInstanceOf(StartProblem.class)
        .hasMessageContaining("SSL");
  }

  @Test
  void a_refusal_by_the_database_server_is_distinguished_from_an_unreachable_server() {
    var strict = new DatabaseAddress(url("&sslmode=require"), Optional.empty(), Optional.empty());
    var unknown = test.address().jdbcUrl().replaceFirst("/[^/?]+\\?", "/none?");
    for (var refused : List.of(strict, as("stranger"), DatabaseAddress.parse(unknown))) {
      assertThatThrownBy(() -> ConnectionPool.tryOnce(refused))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(ConnectionPool.refused(e)).as(e + "").isTrue());
    }
    assertThatThrownBy(
            () -> ConnectionPool.tryOnce(DatabaseAddress.parse("postgres://ada@127.0.0.1:9/none")))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(ConnectionPool.refused(e)).as(e + "").isFalse());
  }

  @Test
  void migrations_of_another_database_are_refused() {
    try (var other = TestDatabase.empty()) {
      var more = Map.of("DATABASE_MIGRATION_URL", other.owner().jdbcUrl());
      assertThatThrownBy(() -> start(test.address(), more))
          .isInstanceOf(StartProblem.class)
          .hasMessageStartingWith(
              "DATABASE_MIGRATION_URL does not name the database of DATABASE_URL");
    }
  }

  @Test
  void a_migration_that_waits_for_a_lock_is_retried_and_logged() throws Exception {
    var lines = new ListAppender<ILoggingEvent>();
    lines.list = new CopyOnWriteArrayList<>();
    var log = (Logger) LoggerFactory.getLogger(DatabaseStartup.class);
    lines.start();
    log.addAppender(lines);
    try (var old = TestDatabase.empty();
        var holder = lockTable(old)) {
      open(old, holder::rollback).close();
    } finally {
      log.detachAppender(lines);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .filteredOn(line -> line.contains("tried again"))
        .first()
        .asString()
        .contains("V033__page_indexes.sql", "lock timeout");
  }

  @Test
  void a_lock_that_is_held_for_too_long_is_named_as_the_reason() throws Exception {
    try (var old = TestDatabase.empty();
        var _ = lockTable(old)) {
      assertThatThrownBy(() -> open(old, () -> {}))
          .isInstanceOf(StartProblem.class)
          .hasMessageContaining("lock timeout")
          .hasMessageContaining("a transaction was left open");
    }
  }

  @Test
  void a_read_only_database_ends_the_start_without_a_retry_and_is_named() {
    try (var old = TestDatabase.empty()) {
      migrate(old, "1");
      old.setReadOnly(true);
      var tries = new AtomicInteger();
      assertThatThrownBy(() -> open(old, tries::incrementAndGet))
          .isInstanceOf(StartProblem.class)
          .hasMessageContaining("read-only transaction")
          .hasMessageContaining("a start needs a database that accepts changes")
          .hasMessageNotContaining("busy");
      assertThat(tries).hasValue(0);
    }
  }

  @Test
  void a_missing_right_and_a_failed_migration_are_told_apart() {
    assertThatThrownBy(() -> start(test.address(), Map.of()))
        .isInstanceOf(StartProblem.class)
        .hasMessageContaining("permission denied")
        .hasMessageContaining("must own the tables");
    try (var old = TestDatabase.empty()) {
      migrate(old, "76");
      old.asOwner("create table gateway_aliases (id int)");
      assertThatThrownBy(() -> open(old, () -> {}))
          .isInstanceOf(StartProblem.class)
          .hasMessageContaining("already exists")
          .hasMessageContaining("No migration is half applied")
          .hasMessageNotContaining("must own the tables");
    }
  }

  /** Migrates to an old schema, and opens a session that locks one of its tables. */
  private static Connection lockTable(TestDatabase old) throws SQLException {
    migrate(old, "32");
    var holder = DriverManager.getConnection(old.owner().jdbcUrl());
    holder.setAutoCommit(false);
    holder.createStatement().execute("lock table runs in access exclusive mode");
    return holder;
  }

  private static void migrate(TestDatabase old, String target) {
    Migrations.configuration("classpath:db/migration")
        .target(target)
        .dataSource(old.owner().jdbcUrl(), null, null)
        .load()
        .migrate();
  }

  private interface Step {
    void take() throws SQLException;
  }

  /**
   * @param whileWaiting what happens between two tries
   */
  private static DatabaseStartup open(TestDatabase old, Step whileWaiting) throws StartProblem {
    var config =
        Config.from(
            Map.of(
                "DATABASE_URL",
                old.address().jdbcUrl(),
                "DATABASE_MIGRATION_URL",
                old.owner().jdbcUrl(),
                "KEYWHEEL_KEK",
                TestPool.KEK));
    var real = SystemServices.real();
    Delayer pause =
        _ -> {
          try {
            whileWaiting.take();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        };
    return DatabaseStartup.open(
        config,
        new SystemServices(
            real.clock(),
            pause,
            real.random(),
            real.passwords(),
            real.sandbox(),
            Duration.ofMillis(50)));
  }

  private static String url(String more) {
    return test.address().jdbcUrl() + more;
  }

  private static DatabaseAddress as(String role) {
    var url = test.address().jdbcUrl().replace("keywheel_app", role);
    return new DatabaseAddress(url, test.address().user(), test.address().password());
  }

  private static void start(DatabaseAddress address, Map<String, String> more) throws StartProblem {
    var environment = new HashMap<>(more);
    environment.put("DATABASE_URL", address.jdbcUrl());
    environment.put("KEYWHEEL_KEK", TestPool.KEK);
    DatabaseStartup.open(Config.from(environment), SystemServices.real()).close();
  }

  private static void asSuperuser(String sql) throws Exception {
    try (var connection = DriverManager.getConnection(test.superuser().jdbcUrl());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
