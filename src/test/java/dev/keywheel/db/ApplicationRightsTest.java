package dev.keywheel.db;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.support.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The privileges of the application's role on every table, sequence and function. */
class ApplicationRightsTest {
  @AutoClose private static final TestDatabase test = TestDatabase.create();

  /**
   * Add the table of a new migration here when it is clear which privileges the application needs.
   */
  private static final String TABLES =
      """
      api_keys articles attempts audit_checks audit_heads authenticator_apps batch_selections
      bulk_edit_exclusions bulk_edit_keys bulk_edits committed_writes data_keys event_streams events
      gateway_aborts gateway_aliases gateway_attempts_default
      gateway_idempotency gateway_nodes gateway_requests_default gateway_responses gateway_token_minutes gateway_token_secrets gateway_tokens
      instance_settings invitations
      key_changes key_imports key_tests key_views known_browsers login_throttle members model_exclusions
      one_time_links operations parts passkeys pools recoveries recovery_codes retention_progress
      retired_keks rotation_order run_seats runs scheduled_tasks sessions settings sign_in_challenges
      usage_hours usage_key_days users
      workspaces""";

  @Test
  void the_application_has_the_listed_rights_on_each_table_and_no_others() {
    var expected = new TreeMap<String, String>();
    for (var table : TABLES.split("\\s+")) {
      expected.put(table, "select insert update delete");
    }
    expected.put("audit_events", "select insert");
    expected.put("flyway_schema_history", "select");
    assertThat(granted("r", "select insert update delete truncate references trigger"))
        .containsExactlyElementsOf(
            expected.entrySet().stream().map(e -> e.getKey() + ": " + e.getValue()).toList());
  }

  @Test
  void the_application_draws_from_sequences_and_sets_none() {
    assertThat(granted("S", "select usage update"))
        .allSatisfy(line -> assertThat(line).endsWith(": select usage"));
  }

  @Test
  void only_listed_functions_have_owner_rights_and_the_public_may_not_call_them() {
    assertThat(
            texts(
                """
                select proname || ' ' || has_function_privilege('keywheel_app', oid, 'execute')
                       || ' ' || (proacl::text like '{=%' or proacl::text like '%,=%')
                from pg_proc where prosecdef and pronamespace = 'public'::regnamespace order by 1"""))
        .containsExactly(
            "analyze_api_keys true false",
            "drop_gateway_days true false",
            "make_gateway_days true false",
            "remove_audit_events true false");
  }

  @Test
  void changing_the_schema_or_the_audit_log_is_denied() {
    for (var sql :
        Set.of(
            "create table more (id int)",
            "create temporary table more (id int)",
            "alter table api_keys add column more int",
            "drop table api_keys",
            "truncate api_keys",
            "create or replace function count_keys() returns int language sql as 'select 1'",
            "update audit_events set actor = 'other'",
            "delete from audit_events",
            "alter table audit_events disable trigger all",
            "delete from flyway_schema_history",
            "select setval('rotation_seq', 1)",
            "set session_replication_role = replica",
            "set role keywheel_owner",
            "create role more superuser",
            "select pg_read_file('postgresql.conf')",
            "copy api_keys to program 'true'")) {
      assertThatThrownBy(() -> test.database().runTx(tx -> tx.dsl().execute(sql)))
          .as(sql)
          .hasMessageMatching("(?s).*(permission denied|must be owner).*");
    }
  }

  @Test
  void the_next_start_grants_new_tables_and_revokes_what_was_granted_by_hand() throws SQLException {
    try (var database = TestDatabase.create();
        var owner = ConnectionPool.open(database.owner(), 1, ConnectionPool.Use.MIGRATIONS)) {
      database.asOwner(
          "create table more (id bigint generated always as identity);"
              + " grant update, truncate on audit_events to keywheel_app");
      assertThat(may(database, "more", "insert")).isFalse();

      ApplicationRights.grant(owner, "keywheel_app");

      assertThat(may(database, "more", "insert")).isTrue();
      assertThat(may(database, "audit_events", "insert")).isTrue();
      assertThat(may(database, "audit_events", "update")).isFalse();
      assertThat(may(database, "audit_events", "truncate")).isFalse();
      database.database().runTx(tx -> tx.dsl().execute("insert into more default values"));
    }
  }

  private static boolean may(TestDatabase database, String table, String right) {
    return database
        .database()
        .read(
            dsl ->
                dsl.fetchSingle("select has_table_privilege(?, ?)", table, right)
                    .get(0, Boolean.class));
  }

  /**
   * A line for each relation of the kind, with those of the given privileges that the application
   * has.
   */
  private static List<String> granted(String kind, String rights) {
    var checks =
        Stream.of(rights.split(" "))
            .map(
                right ->
                    "case when has_%s_privilege('keywheel_app', oid, '%s') then ' %s' else '' end"
                        .formatted(kind.equals("S") ? "sequence" : "table", right, right))
            .collect(joining(" || "));
    return texts(
        "select relname || ':' || "
            + checks
            + " from pg_class where relnamespace = 'public'::regnamespace and relkind = '"
            + kind
            + "' order by relname collate \"C\"");
  }

  private static List<String> texts(String query) {
    return test.database().read(dsl -> dsl.fetch(query).getValues(0, String.class));
  }
}
