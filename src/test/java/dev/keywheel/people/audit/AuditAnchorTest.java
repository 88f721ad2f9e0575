package dev.keywheel.people.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.people.audit.AuditFinding.Kind;
import dev.keywheel.people.audit.event.AuditFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Compares the end of the audit log with its anchor file, even after a restored backup. */
class AuditAnchorTest {
  @TempDir Path folder;
  @AutoClose private AuditFixture log;

  @BeforeEach
  void open() {
    log = new AuditFixture(folder);
  }

  @Test
  void the_anchor_detects_a_truncated_log_with_an_older_signed_head() {
    var oldHead = log.rows("select * from audit_heads");
    var oldCheck = log.rows("select * from audit_checks");
    log.recordLines(log.pool.workspace, 5);
    log.verification.run();
    log.forge("delete from audit_events where position > 10");
    log.forge("delete from audit_heads");
    log.restore("audit_heads", oldHead);
    log.forge("delete from audit_checks");
    log.restore("audit_checks", oldCheck);
    log.newVerification().start();
    assertThat(log.findings()).containsExactly(new AuditFinding(Kind.ANCHOR_AHEAD, 11, 15));
  }

  @Test
  void a_missing_anchor_is_logged_unless_the_logs_are_empty() throws IOException {
    var lines = new ListAppender<ILoggingEvent>();
    lines.list = new CopyOnWriteArrayList<>();
    var logger = (Logger) LoggerFactory.getLogger(AuditVerification.class);
    lines.start();
    logger.addAppender(lines);
    try {
      Files.delete(folder.resolve("anchor"));
      log.newVerification().start();
      assertThat(lines.list).singleElement().asString().contains("[WARN]", "anchor");
      lines.list.clear();
      for (var table : List.of("audit_events", "audit_heads", "audit_checks")) {
        log.forge("delete from " + table);
      }
      log.newVerification().start();
      assertThat(lines.list).isEmpty();
    } finally {
      logger.detachAppender(lines);
    }
  }

  @Test
  void the_anchor_detects_a_replayed_end_of_the_log() {
    var oldHead = log.rows("select * from audit_heads");
    log.recordLines(log.pool.workspace, 5);
    log.verification.run();
    log.forge("delete from audit_events where position > 10");
    log.forge("delete from audit_heads");
    log.restore("audit_heads", oldHead);
    log.forge("delete from audit_checks");
    log.recordLines(log.pool.workspace, 6);
    log.verification.run();
    assertThat(log.findings()).containsExactly(AuditFinding.of(Kind.ANCHOR_DIFFERS, 15));
  }

  @Test
  void a_restored_backup_is_reported_until_an_administrator_accepts_it() {
    restoreBackup();
    log.verification.start();
    assertThat(log.findings()).containsExactly(new AuditFinding(Kind.ANCHOR_AHEAD, 11, 14));
    log.verification.run();
    assertThat(log.verification.status(log.pool.workspace).acceptable()).isTrue();
    log.pool.clock.tick(Duration.ofMinutes(1));
    accept();
    log.verification.run();
    assertThat(log.sweep()).isEmpty();
    assertThat(log.audit.newest(log.pool.workspace, AuditFilter.ALL, null, 1).getFirst())
        .satisfies(line -> assertThat(line.action()).isEqualTo("accepted a restored audit log"))
        .satisfies(line -> assertThat(line.details()).containsEntry("anchored entry", "14"));
    log.forge("delete from audit_events where position > 9");
    log.verification.run();
    assertThat(log.findings()).as("the anchor has moved").isNotEmpty();
  }

  @Test
  void an_acceptance_that_is_rolled_back_leaves_the_anchor_unchanged() throws IOException {
    restoreBackup();
    log.verification.run();
    var found = log.findings();
    var before = Files.readString(folder.resolve("anchor"));
    assertThatThrownBy(
            () ->
                log.pool.database.runTx(
                    tx -> {
                      log.verification.accept(tx, log.pool.workspace, log.pool.admin);
                      throw new IllegalStateException("the commit fails");
                    }))
        .hasMessage("the commit fails");
    assertThat(folder.resolve("anchor")).hasContent(before);
    log.verification.run();
    assertThat(log.findings()).isEqualTo(found);
  }

  private void accept() {
    log.pool
        .database
        .inTx(tx -> log.verification.accept(tx, log.pool.workspace, log.pool.admin))
        .run();
  }

  private void restoreBackup() {
    var head = log.rows("select * from audit_heads");
    var check = log.rows("select * from audit_checks");
    log.recordLines(log.pool.workspace, 4);
    log.verification.run();
    log.forge("delete from audit_events where position > 10");
    log.forge("delete from audit_heads");
    log.forge("delete from audit_checks");
    log.restore("audit_heads", head);
    log.restore("audit_checks", check);
  }

  @Test
  void a_changed_anchor_file_is_reported() throws IOException {
    var file = folder.resolve("anchor");
    Files.writeString(file, Files.readString(file).replace("\"position\":10", "\"position\":9"));
    log.verification.run();
    assertThat(log.findings()).contains(AuditFinding.of(Kind.ANCHOR_CHANGED, 10));
  }

  @Test
  void an_anchor_that_is_changed_again_after_it_was_accepted_is_reported_again()
      throws IOException {
    var file = folder.resolve("anchor");
    for (int time = 1; time <= 2; time++) {
      var original = Files.readString(file);
      Files.writeString(file, original.replace("\"position\":1", "\"position\":2"));
      log.verification.run();
      assertThat(log.findings()).extracting(AuditFinding::kind).contains(Kind.ANCHOR_CHANGED);
      log.pool.clock.tick(Duration.ofMinutes(1));
      accept();
      log.verification.run();
      assertThat(log.findings()).as("accepted").isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "{\"00000000-0000-0000-0000-000000000000\":{}}", "\0"})
  void a_damaged_anchor_is_kept_beside_the_new_one_and_reported(String damaged) throws IOException {
    var file = folder.resolve("anchor");
    var kept = folder.resolve("anchor.damaged");
    Files.writeString(kept, "an earlier one");
    Files.writeString(file, damaged);
    log.verification.run();
    log.recordLines(log.pool.workspace, 1);
    log.verification.run();
    assertThat(folder.resolve("anchor.damaged-2")).hasContent(damaged);
    assertThat(kept).hasContent("an earlier one");
    assertThat(Files.readString(file)).contains("\"position\":11");
    assertThat(log.verification.status(log.pool.workspace).anchorProblem())
        .startsWith("was damaged")
        .contains(kept.toString());
    assertThat(folder).isDirectoryNotContaining("glob:**.new");
  }

  @Test
  void marks_that_two_jobs_set_concurrently_are_all_kept() throws Exception {
    var file = folder.resolve("shared");
    var anchor = new AuditAnchor(file, log.pool.vault.auditKeys());
    var mark = anchor.mark(log.pool.workspace, 1, new byte[32], Instant.EPOCH, key());
    var workspaces = Stream.generate(log.pool.ids::next).limit(40).toList();
    try (var jobs = Executors.newFixedThreadPool(4)) {
      var tasks =
          workspaces.stream().map(id -> Executors.callable(() -> anchor.put(id, mark))).toList();
      for (var done : jobs.invokeAll(tasks)) {
        done.get();
      }
    }
    assertThat(anchor.problem()).isEmpty();
    assertThat(workspaces).allSatisfy(id -> assertThat(anchor.find(id)).isPresent());
  }

  private UUID key() {
    return log.pool.vault.auditKeys().active().orElseThrow();
  }

  @Test
  void an_anchor_that_cannot_be_written_is_reported_and_does_not_stop_the_node()
      throws IOException {
    var keys = log.pool.vault.auditKeys();
    Files.writeString(folder.resolve("file"), "");
    var anchor = new AuditAnchor(folder.resolve("file/anchor"), keys);
    var other = new AuditVerification(log.pool.database, keys, log.audit, anchor, log.pool.clock);
    other.run();
    assertThat(other.status(log.pool.workspace).anchorProblem()).isNotEmpty();
    assertThat(other.status(log.pool.workspace).upTo()).isEqualTo(10);
  }
}
