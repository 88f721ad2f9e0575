package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.config.Config;
import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Which roles of the database a start accepts. */
class DatabaseStartupTest {
  private static final TestDatabase test = TestDatabase.create();

  @AfterAll
  static void close() {
    test.close();
  }

  @Test
  void a_superuser_is_refused_with_a_sentence() {
    assertThatThrownBy(() -> start(test.superuser(), Map.of()))
        .isInstanceOf(StartProblem.class)
        .hasMessageContaining("DATABASE_URL connects as postgres, a superuser")
        .hasMessageContaining("db/roles.sql")
        .hasMessageContaining("KEYWHEEL_ALLOW_SUPERUSER=on");
  }

  @Test
  void a_role_that_may_become_a_superuser_is_refused_too() throws Exception {
    superuser("create role almost login; grant postgres to almost");
    try {
      assertThatThrownBy(() -> start(as("almost"), Map.of()))
          .isInstanceOf(StartProblem.class)
          .hasMessageContaining("connects as almost, a superuser");
    } finally {
      superuser("drop role almost");
    }
  }

  @Test
  void a_superuser_is_accepted_when_the_operator_says_so() throws Exception {
    start(test.superuser(), Map.of("KEYWHEEL_ALLOW_SUPERUSER", "on"));
  }

  @Test
  void the_owner_alone_is_accepted() throws Exception {
    start(test.owner(), Map.of());
  }

  @Test
  void another_role_gets_its_rights_from_the_owner_at_the_start() throws Exception {
    superuser("create role other login");
    try {
      start(as("other"), Map.of("DATABASE_MIGRATION_URL", test.owner().jdbcUrl()));
      assertThat(
              test.database()
                  .<Boolean>read(
                      dsl ->
                          dsl.fetchSingle(
                                  "select has_table_privilege('other', 'audit_events', 'insert') and"
                                      + " not has_table_privilege('other', 'audit_events', 'delete')")
                              .get(0, Boolean.class)))
          .isTrue();
    } finally {
      superuser("drop owned by other; drop role other");
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
  void a_refusal_by_the_server_is_final_and_a_server_that_is_not_there_is_not() {
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

  private static void superuser(String sql) throws Exception {
    try (var connection = DriverManager.getConnection(test.superuser().jdbcUrl());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
