package dev.keywheel.people.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.people.audit.AuditFinding.Kind;
import dev.keywheel.people.audit.event.AuditFilter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Forgeries by the owner of the database, who does not have the vault's key. */
@Tag("full")
class AuditForgeryTest {
  @TempDir Path folder;
  @AutoClose private AuditFixture log;

  @BeforeEach
  void open() {
    log = new AuditFixture(folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "at = at - interval '1 microsecond'",
        "at = 'infinity'",
        "at = '-infinity'",
        "actor = 'other@example.com'",
        "actor_id = null",
        "action = 'did not'",
        "subject = 'other'",
        "subject = null",
        "details = '{\"n\": \"6\"}'",
        "details = details || '{\"more\": \"\"}'",
        "details = '{\"n\": 5}'",
        "details = '{\"n\": null}'",
        "details = '[{\"n\": \"5\"}]'",
        "details = 'null'",
        "address = '192.0.2.1'",
        "id = nextval('audit_events_id_seq')",
        "hash = sha256(hash)",
        "format = 2"
      })
  void a_change_of_any_column_is_detected(String change) {
    log.forge("update audit_events set " + change + " where position = 5");
    if (change.startsWith("id")) {
      log.forge("update audit_events set id = id + 1000 where position > 5"); // keeps the order
    }
    assertThat(log.sweep()).contains(AuditFinding.of(Kind.CHANGED, 5));
  }

  @Test
  void a_changed_state_of_the_check_is_verified_anew_and_does_not_stop_the_check() {
    log.recordLines(log.pool.workspace, 2);
    log.forge("update audit_checks set tail = 'null', sweep = 'null'");
    log.verification.run();
    assertThat(log.verification.status(log.pool.workspace).upTo()).isEqualTo(12);
    for (var findings : List.of("null", "[null]", "[{}]")) {
      log.forge("update audit_checks set findings = '" + findings + "'");
      log.verification.run();
      assertThat(log.findings()).containsExactly(AuditFinding.of(Kind.UNREADABLE, 1));
    }
    assertThat(log.sweep()).isEmpty();
  }

  @Test
  void a_changed_line_is_detected_although_the_keys_cannot_be_loaded_anew() {
    log.forge("update audit_events set actor = 'other@example.com' where position = 5");
    log.forge("update audit_heads set key_id = gen_random_uuid()");
    log.forge("update data_keys set canary = 'damaged'");
    assertThat(log.sweep()).contains(AuditFinding.of(Kind.CHANGED, 5));
  }

  @Test
  void foreign_values_stop_neither_the_verification_nor_the_page_of_the_log() {
    var other = log.addWorkspace();
    log.recordLines(other, 3);
    log.forge("update audit_events set details = '[1]', at = 'infinity' where position = 10");
    log.newVerification().start();
    log.recordLines(log.pool.workspace, 1);
    var newest = log.audit.newest(log.pool.workspace, AuditFilter.ALL, null, 2).getLast();
    assertThat(newest.details()).containsEntry("details", "(not written by Keywheel) [1]");
    assertThat(newest.at()).isEqualTo(Instant.EPOCH);
    log.verification.run();
    assertThat(log.verification.status(other).upTo()).isEqualTo(3);
  }

  @Test
  void an_unreadable_line_is_a_finding_of_its_own_workspace_only() {
    var other = log.addWorkspace();
    log.recordLines(other, 3);
    log.recordLines(log.pool.workspace, 2);
    var nullable = "alter table audit_events alter column format drop not null";
    log.pool.test.asOwner().runTx(tx -> tx.dsl().execute(nullable));
    log.forge("update audit_events set format = null where position = 11");
    log.newVerification().start();
    log.verification.run();
    assertThat(log.findings()).containsExactly(AuditFinding.of(Kind.UNREADABLE, 11));
    assertThat(log.verification.status(other).upTo()).isEqualTo(3);
    log.forge("update audit_events set format = 2 where format is null");
    assertThat(log.sweep()).containsExactly(AuditFinding.of(Kind.CHANGED, 11));
  }

  @Test
  void a_changed_result_of_the_check_is_a_finding_and_restarts_the_check() {
    log.forge("update audit_checks set tail = '5', sweep = '[]', findings = '{}'");
    log.verification.run();
    assertThat(log.findings()).containsExactly(AuditFinding.of(Kind.UNREADABLE, 1));
    assertThat(log.verification.status(log.pool.workspace).upTo()).isEqualTo(10);
  }

  @Test
  void a_change_is_detected_without_later_writes() {
    log.forge("update audit_events set subject = 'other' where position = 5");
    log.verification.run();
    assertThat(log.findings()).as("checked once a day").isEmpty();
    log.pool.clock.tick(AuditVerification.SWEEP_EVERY);
    log.verification.run();
    assertThat(log.findings()).containsExactly(AuditFinding.of(Kind.CHANGED, 5));
  }

  @Test
  void removed_lines_are_named() {
    log.forge("delete from audit_events where position between 4 and 6");
    assertThat(log.sweep()).containsExactly(new AuditFinding(Kind.MISSING, 4, 6));
    assertThat(log.findings().getFirst().sentence()).isEqualTo("Entries 4–6 are missing.");
  }

  @Test
  void removed_first_lines_are_detected() {
    log.forge("delete from audit_events where position <= 2");
    assertThat(log.sweep()).containsExactly(new AuditFinding(Kind.MISSING, 1, 2));
  }

  @Test
  void lines_removed_from_the_end_are_named() {
    log.forge("delete from audit_events where position > 7");
    log.verification.run();
    assertThat(log.findings()).contains(new AuditFinding(Kind.CUT, 8, 10));
    assertThat(log.findings().getFirst().sentence())
        .isEqualTo("Entries 8–10 were removed from the end of the log.");
  }

  @Test
  void reordered_lines_are_detected() {
    log.forge(
        "update audit_events e set id = case position when 4 then -5 else -4 end where position in (4, 5)");
    log.forge("update audit_events set id = id + 1000 where position > 5");
    log.forge("update audit_events set id = id + 2000 where position in (4, 5)");
    log.forge("update audit_events set id = 500 + id where position < 4");
    assertThat(log.sweep()).extracting(AuditFinding::kind).contains(Kind.CHANGED);
  }

  @Test
  void a_copied_signed_line_is_detected() {
    log.forge(
        "insert into audit_events (workspace_id, position, at, actor, actor_id, action, subject, details,"
            + " format, key_id, previous, hash) select workspace_id, 11, at, actor, actor_id, action,"
            + " subject, details, format, key_id, previous, hash from audit_events where position = 3");
    log.verification.run();
    assertThat(log.findings()).contains(AuditFinding.of(Kind.CHANGED, 11));
  }

  @Test
  void lines_moved_to_another_workspace_are_detected_in_both() {
    var other = log.addWorkspace();
    log.recordLines(other, 10);
    log.forge(
        "update audit_events set workspace_id = '"
            + other
            + "' where position = 5 and workspace_id = '"
            + log.pool.workspace
            + "' and id < 100");
    assertThat(log.sweep()).contains(AuditFinding.of(Kind.MISSING, 5));
    assertThat(log.audit.findings(other)).contains(AuditFinding.of(Kind.CHANGED, 5));
  }

  @Test
  void a_chain_replaced_by_plain_hashes_is_detected() {
    log.forgePlainChain(5);
    assertThat(log.sweep()).extracting(AuditFinding::kind).contains(Kind.HEAD_CHANGED);
    log.recordLines(log.pool.workspace, 1);
    assertThat(log.sweep()).contains(new AuditFinding(Kind.INSERTED, 5, 10));
  }

  @Test
  void a_new_finding_is_logged_once_as_an_error() {
    var lines = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger(AuditStatus.class);
    lines.start();
    logger.addAppender(lines);
    try {
      log.forge("update audit_events set actor = 'other@example.com' where position = 5");
      log.sweep();
      log.sweep();
    } finally {
      logger.detachAppender(lines);
    }
    assertThat(lines.list)
        .extracting(line -> line.getLevel() + " " + line.getFormattedMessage())
        .containsExactly(
            "ERROR Audit log of workspace "
                + log.pool.workspace
                + ": "
                + AuditFinding.of(Kind.CHANGED, 5).sentence());
  }

  @Test
  void a_forged_head_is_detected_by_the_next_line() {
    log.forge("delete from audit_events where position > 8");
    log.forge(
        "update audit_heads set position = 8, hash = (select hash from audit_events where position = 8)");
    log.recordLines(log.pool.workspace, 1);
    log.verification.run();
    assertThat(log.findings()).contains(AuditFinding.of(Kind.AFTER_UNSIGNED_HEAD, 9));
  }

  @Test
  void a_head_that_claims_to_be_unsigned_does_not_hide_removed_lines() {
    log.recordLines(log.pool.workspace, 1); // not verified yet
    log.forge("delete from audit_events where position > 10");
    log.forge(
        "update audit_heads set position = 10, key_id = null, mac = null,"
            + " hash = (select hash from audit_events where position = 10)");
    log.verification.run();
    assertThat(log.findings()).containsExactly(AuditFinding.of(Kind.AFTER_UNSIGNED_HEAD, 11));
  }

  @Test
  void a_removed_head_is_detected() {
    log.forge("delete from audit_heads");
    log.verification.run();
    assertThat(log.findings()).contains(AuditFinding.of(Kind.HEAD_CHANGED, 10));
  }

  @Test
  void a_line_signed_with_an_unknown_key_is_detected() {
    log.forge("update audit_events set key_id = gen_random_uuid() where position = 5");
    assertThat(log.sweep()).contains(AuditFinding.of(Kind.UNKNOWN_KEY, 5));
  }

  /**
   * The application's role may insert lines; such a line is detected before Keywheel writes another
   * one.
   */
  @ParameterizedTest
  @CsvSource({
    "nextval('audit_events_id_seq'), 11, 0, INSERTED",
    "nextval('audit_events_id_seq'), 11, 1, UNKNOWN_KEY",
    "nextval('audit_events_id_seq'), 13, 0, MISSING",
    "nextval('audit_events_id_seq'), null, 0, CUT",
    "9223372036854775807, 11, 0, INSERTED"
  })
  void a_line_that_the_application_s_role_inserts_at_the_end_is_detected(
      String id, String position, int format, Kind kind) {
    log.insert(id, position, format);
    log.verification.run();
    assertThat(log.findings()).extracting(AuditFinding::kind).contains(kind);
    log.recordLines(log.pool.workspace, 2);
    assertThat(log.sweep())
        .extracting(AuditFinding::kind)
        .containsAnyOf(Kind.INSERTED, Kind.UNKNOWN_KEY, Kind.OUT_OF_ORDER, Kind.NOT_LINKED);
  }

  @ParameterizedTest
  @CsvSource({"-5, 1", "-5, null", "0, 6"})
  void a_line_that_the_application_s_role_inserts_before_others_is_detected(
      String id, String position) {
    log.insert(id, position, AuditLine.PLAIN);
    assertThat(log.sweep()).extracting(AuditFinding::kind).contains(Kind.INSERTED);
  }

  @Test
  void a_line_inserted_together_with_a_forged_head_is_detected() {
    log.insert("nextval('audit_events_id_seq')", "11", AuditLine.PLAIN);
    log.pool.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "update audit_heads set position = 11, key_id = null, mac = null,"
                        + " hash = (select hash from audit_events where position = 11)"));
    log.verification.run();
    assertThat(log.findings()).contains(AuditFinding.of(Kind.UNSIGNED, 11));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update audit_events set subject = 'x' where position = 5",
        "delete from audit_events where position = 5",
        "truncate audit_events"
      })
  void the_trigger_refuses_changes_and_removals_even_by_the_owner(String statement) {
    assertThatThrownBy(() -> log.pool.test.asOwner().runTx(tx -> tx.dsl().execute(statement)))
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining("Lines of the audit log cannot be changed or removed");
  }

  @Test
  void a_log_that_no_node_has_verified_for_ten_minutes_is_overdue() {
    var workspace = log.pool.workspace;
    assertThat(log.verification.status(log.addWorkspace()).overdue()).as("new").isFalse();
    log.pool.clock.tick(AuditStatus.OVERDUE_AFTER);
    assertThat(log.verification.status(workspace).overdue()).isFalse();
    log.pool.clock.tick(Duration.ofSeconds(1));
    assertThat(log.verification.status(workspace).overdue()).isTrue();
    log.verification.run();
    assertThat(log.verification.status(workspace).overdue()).isFalse();
    log.pool.test.asOwner("update audit_checks set tail_at = tail_at + interval '1 year'");
    assertThat(log.verification.status(workspace).overdue()).as("a forged time").isTrue();
  }
}
