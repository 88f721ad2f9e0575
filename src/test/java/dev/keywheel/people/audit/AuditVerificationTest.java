package dev.keywheel.people.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Ids;
import dev.keywheel.job.JobResult;
import dev.keywheel.people.InstanceAudit;
import dev.keywheel.people.audit.AuditFinding.Kind;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.factor.TestFactors;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.support.PrivateFile;
import dev.keywheel.support.TestAudit;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The background check of the audit log, and its segments. */
@Tag("full")
class AuditVerificationTest {
  @TempDir Path folder;
  @AutoClose private AuditFixture log;

  @BeforeEach
  void open() {
    log = new AuditFixture(folder);
  }

  @Test
  void lines_written_while_the_vault_was_sealed_are_marked_and_then_signed() {
    var sealed = TestAudit.unsigned(log.pool.database, log.pool.clock);
    log.pool.database.runTx(
        tx -> {
          sealed.record(tx, log.pool.admin, AuditAction.SIGNED_IN, null, Map.of());
          sealed.record(tx, log.pool.admin, AuditAction.SIGNED_OUT, null, Map.of());
        });
    log.verification.start();
    log.verification.run();
    assertThat(log.findings()).containsExactly(new AuditFinding(Kind.UNSIGNED, 11, 12));
    var newest = log.audit.newest(log.pool.workspace, AuditFilter.ALL, null, 2);
    assertThat(newest.getFirst().action()).isEqualTo("signed earlier entries");
    assertThat(newest.getFirst().details()).containsEntry("up to entry", "12");
    assertThat(newest.getLast().signed()).isFalse();
  }

  @Test
  void lines_of_an_earlier_version_keep_their_plain_chain_and_are_signed_later() {
    var old = log.addWorkspace();
    var unsigned = TestAudit.unsigned(log.pool.database, log.pool.clock);
    for (int n = 0; n < 4; n++) {
      int i = n;
      log.pool.database.runTx(
          tx ->
              unsigned.record(
                  tx, old, "old", null, AuditAction.CHANGED_SETTINGS, null, Map.of("n", i)));
    }
    log.forge(
        "update audit_events set position = position, format = 0 where workspace_id = '"
            + old
            + "'");
    log.forge("delete from audit_heads where workspace_id = '" + old + "'");
    log.verification.start();
    assertThat(log.audit.findings(old)).isEmpty();
    var seal = log.audit.newest(old, AuditFilter.ALL, null, 1).getFirst();
    assertThat(seal.position()).isEqualTo(5);
    assertThat(seal.signed()).isTrue();
    log.forgePlainChain(old, 2);
    assertThat(log.audit.findings(old)).contains(AuditFinding.of(Kind.NOT_LINKED, 5));
  }

  @Test
  void nothing_is_verified_or_removed_while_the_vault_is_sealed() {
    var sealed = TestAudit.unsigned(log.pool.database, log.pool.clock);
    var verification = TestAudit.verification(sealed, log.pool.database, log.pool.clock);
    var workspace = log.pool.workspace;
    log.pool.clock.tick(Duration.ofDays(100));
    assertThat(verification.runRequested(workspace.toString())).isInstanceOf(JobResult.Again.class);
    int removed =
        log.pool.database.inTx(
            tx -> sealed.removeBefore(tx, workspace, log.pool.clock.instant(), 100));
    assertThat(removed).isZero();
    assertThat(log.audit.newest(workspace, AuditFilter.ALL, null, 100)).hasSize(10);
    assertThat(log.findings()).isEmpty();
  }

  @Test
  void a_changed_key_encryption_key_does_not_affect_the_log() {
    try (var test = TestDatabase.create()) {
      var file = folder.resolve("kek");
      var random = new SecureRandom();
      var ids = new Ids(log.pool.clock, random);
      var db = test.database();
      var vault = new Vault(db, KekSource.managedFile(file), random, ids, log.pool.clock);
      vault.unseal();
      var audit = new Audit(db, vault.auditKeys(), log.pool.clock);
      var workspace = ids.next();
      db.runTx(
          tx -> {
            tx.dsl()
                .execute(
                    "insert into workspaces (id, name, created_at) values (?, 'w', now())",
                    workspace);
            audit.record(tx, workspace, "ada", null, AuditAction.CHANGED_SETTINGS, null, Map.of());
          });
      vault
          .kekRotation()
          .change(
              (tx, done) ->
                  audit.record(
                      tx, workspace, "ada", null, AuditAction.CHANGED_SETTINGS, null, Map.of()));
      var restarted = new Vault(db, KekSource.managedFile(file), random, ids, log.pool.clock);
      restarted.unseal();
      var after = new Audit(db, restarted.auditKeys(), log.pool.clock);
      db.runTx(
          tx ->
              after.record(
                  tx, workspace, "ada", null, AuditAction.CHANGED_SETTINGS, null, Map.of()));
      assertThat(after.findings(workspace)).isEmpty();
      assertThat(after.newest(workspace, AuditFilter.ALL, null, 9))
          .hasSize(3)
          .allMatch(AuditEvent::signed);
    }
  }

  @Test
  void concurrent_changes_of_signing_key_and_key_encryption_key_do_not_deadlock() throws Exception {
    try (var test = TestDatabase.create();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var random = new SecureRandom();
      var db = test.database();
      var vault =
          new Vault(
              db,
              KekSource.managedFile(folder.resolve("kek")),
              random,
              log.pool.ids,
              log.pool.clock);
      vault.unseal();
      var audit = new Audit(db, vault.auditKeys(), log.pool.clock);
      db.runTx(
          tx ->
              audit.record(
                  tx,
                  WorkspaceIds.ensureInstance(tx),
                  "ada",
                  null,
                  AuditAction.CHANGED_SETTINGS,
                  null,
                  Map.of()));
      var changes =
          List.<Runnable>of(
              () -> audit.startSegments(log.pool.admin),
              () ->
                  vault
                      .kekRotation()
                      .change(
                          (tx, done) ->
                              InstanceAudit.record(
                                  audit,
                                  tx,
                                  log.pool.admin,
                                  AuditAction.CHANGED_SETTINGS,
                                  null,
                                  Map.of())));
      for (int i = 0; i < 10; i++) {
        for (var done : threads.invokeAll(changes.stream().map(Executors::callable).toList())) {
          done.get();
        }
      }
      assertThat(audit.findings(WorkspaceIds.INSTANCE)).isEmpty();
      assertThat(audit.newest(WorkspaceIds.INSTANCE, AuditFilter.ALL, null, 100)).hasSize(21);
    }
  }

  @Test
  void a_node_verifies_lines_that_another_node_signs_with_a_new_key() {
    var pool = log.pool;
    var vault = TestFactors.vault(pool.database, pool.clock);
    vault.unseal();
    var anchor = new AuditAnchor(folder.resolve("other"), vault.auditKeys());
    var audit = new Audit(pool.database, vault.auditKeys(), pool.clock);
    var node = new AuditVerification(pool.database, vault.auditKeys(), audit, anchor, pool.clock);
    node.run();
    log.audit.startSegments(pool.admin);
    log.recordLines(pool.workspace, 3);
    node.run();
    assertThat(log.findings()).isEmpty();
    log.audit.startSegments(pool.admin);
    pool.clock.tick(AuditVerification.SWEEP_EVERY);
    node.start();
    node.run();
    assertThat(log.findings()).isEmpty();
  }

  @Test
  void a_node_without_the_new_key_encryption_key_reports_no_line_of_another_node() {
    var pool = log.pool;
    var keks = Base64.getEncoder().encodeToString(new byte[32]) + "\n" + TestPool.KEK;
    var source = KekSource.file(PrivateFile.write(folder.resolve("keks"), keks));
    var vault = new Vault(pool.database, source, new SecureRandom(), pool.ids, pool.clock);
    vault.unseal();
    var audit = new Audit(pool.database, vault.auditKeys(), pool.clock);
    var anchor = new AuditAnchor(folder.resolve("other"), vault.auditKeys());
    var node = new AuditVerification(pool.database, vault.auditKeys(), audit, anchor, pool.clock);
    vault.kekRotation().change((_, _) -> {});
    audit.startSegments(pool.admin);
    var before = log.verification.status(pool.workspace).upTo();
    assertThat(log.sweep()).isEmpty();
    assertThat(log.verification.status(pool.workspace).upTo()).isEqualTo(before);
    assertThat(log.verification.status(pool.workspace).overdue()).isTrue();
    node.run();
    assertThat(log.findings()).isEmpty();
    assertThat(node.status(pool.workspace).upTo()).isGreaterThan(before);
    assertThat(node.status(pool.workspace).overdue()).isFalse();
  }

  @Test
  void a_vault_that_is_sealed_during_a_check_causes_no_finding() {
    var pool = log.pool;
    var kek = PrivateFile.write(folder.resolve("kek"), TestPool.KEK);
    var source = KekSource.file(kek);
    var vault = new Vault(pool.database, source, new SecureRandom(), pool.ids, pool.clock);
    vault.unseal();
    var audit = new Audit(pool.database, vault.auditKeys(), pool.clock);
    var anchor = new AuditAnchor(folder.resolve("other"), vault.auditKeys());
    var unsealed = new AtomicBoolean(true);
    InstantSource sealing =
        () -> {
          if (unsealed.getAndSet(false)) {
            PrivateFile.write(kek, "");
            vault.unseal();
          }
          return pool.clock.instant();
        };
    log.recordLines(pool.workspace, 3);
    new AuditVerification(pool.database, vault.auditKeys(), audit, anchor, sealing).run();
    assertThat(log.findings()).isEmpty();
    pool.clock.tick(AuditVerification.SWEEP_EVERY);
    PrivateFile.write(kek, TestPool.KEK);
    vault.unseal();
    unsealed.set(true);
    new AuditVerification(pool.database, vault.auditKeys(), audit, anchor, sealing).run();
    assertThat(log.findings()).isEmpty();
  }

  @Test
  void many_lines_are_verified_in_parts_by_two_concurrent_runs() throws Exception {
    log.recordLines(log.pool.workspace, AuditVerification.PART_SIZE + 50);
    try (var nodes = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = Collections.nCopies(2, Executors.callable(log.verification::run));
      for (var done : nodes.invokeAll(tasks)) {
        done.get();
      }
    }
    var status = log.verification.status(log.pool.workspace);
    assertThat(status.upTo())
        .isEqualTo(status.length())
        .isEqualTo(AuditVerification.PART_SIZE + 60);
    assertThat(status.findings()).isEmpty();
  }

  @Test
  void a_long_log_does_not_delay_another_one() {
    var others = List.of(log.addWorkspace(), log.addWorkspace());
    log.verification.run();
    log.recordLines(log.pool.workspace, 100);
    others.forEach(id -> log.recordLines(id, 2));
    log.pool.clock.advanceOnEachReading(Duration.ofMillis(200));
    var anchor = new AuditAnchor(folder.resolve("anchor"), log.pool.vault.auditKeys());
    var small =
        new AuditVerification(
            log.pool.database, log.pool.vault.auditKeys(), log.audit, anchor, log.pool.clock, 1);
    small.run();
    assertThat(small.status(log.pool.workspace).upTo())
        .as("continues in the next run")
        .isLessThan(110);
    assertThat(others).allSatisfy(id -> assertThat(small.status(id).upTo()).isEqualTo(2));
  }

  @Test
  void a_requested_check_shows_its_progress_and_finds_what_is_wrong() {
    log.forge("update audit_events set subject = 'other' where position = 5");
    log.pool.database.runTx(tx -> log.verification.request(tx, log.pool.workspace, log.pool.admin));
    assertThat(log.verification.status(log.pool.workspace).checking()).isEqualTo(0L);
    log.verification.runRequested(log.pool.workspace.toString());
    assertThat(log.verification.status(log.pool.workspace).checking()).isNull();
    assertThat(log.findings()).containsExactly(AuditFinding.of(Kind.CHANGED, 5));
  }

  @Test
  void a_new_signing_key_begins_a_segment_that_names_both() {
    log.audit.startSegments(log.pool.admin);
    log.recordLines(log.pool.workspace, 3);
    assertThat(log.sweep()).isEmpty();
    var keys = log.rows("select distinct key_id from audit_events where key_id is not null");
    assertThat(keys).hasSize(2);
    log.forge("update audit_events set action = 'did' where action = 'started a new signing key'");
    assertThat(log.sweep()).contains(AuditFinding.of(Kind.CHANGED, 11));
  }
}
