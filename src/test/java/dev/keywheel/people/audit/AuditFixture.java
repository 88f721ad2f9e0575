package dev.keywheel.people.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.support.TestPool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.impl.DSL;

/** A log of ten signed and verified lines, and manipulations by the owner of its database. */
final class AuditFixture implements AutoCloseable {
  final TestPool pool = new TestPool();
  final Audit audit = new Audit(pool.database, pool.vault.auditKeys(), pool.clock);
  final AuditVerification verification;
  private final Path folder;

  AuditFixture(Path folder) {
    this.folder = folder;
    this.verification = newVerification();
    recordLines(pool.workspace, 10);
    verification.run();
    assertThat(findings()).isEmpty();
  }

  @Override
  public void close() {
    pool.close();
  }

  AuditVerification newVerification() {
    var keys = pool.vault.auditKeys();
    var anchor = new AuditAnchor(folder.resolve("anchor"), keys);
    return new AuditVerification(pool.database, keys, audit, anchor, pool.clock);
  }

  List<AuditFinding> findings() {
    return verification.status(pool.workspace).findings();
  }

  List<AuditFinding> sweep() {
    pool.clock.tick(AuditVerification.SWEEP_EVERY);
    verification.run();
    return findings();
  }

  UUID addWorkspace() {
    var id = pool.ids.next();
    pool.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "insert into workspaces (id, name, created_at) values (?, ?, now())",
                    id,
                    id.toString()));
    return id;
  }

  void recordLines(UUID workspace, int count) {
    for (int n = 1; n <= count; n++) {
      int i = n;
      pool.clock.tick(Duration.ofSeconds(1));
      pool.database.runTx(
          tx ->
              audit.record(
                  tx,
                  workspace,
                  pool.admin.email(),
                  pool.admin.userId(),
                  AuditAction.CHANGED_SETTINGS,
                  "to " + i,
                  Map.of("n", i)));
    }
  }

  /** Executes a statement as the owner of the table, who can disable the trigger. */
  void forge(String sql) {
    int rows =
        pool.test
            .asOwner()
            .inTx(
                tx -> {
                  tx.dsl()
                      .execute("alter table audit_events disable trigger audit_events_append_only");
                  int changed = tx.dsl().execute(sql);
                  tx.dsl()
                      .execute("alter table audit_events enable trigger audit_events_append_only");
                  return changed;
                });
    assertThat(rows).as(sql).isPositive();
  }

  /**
   * Inserts, as the application's role, a line whose public hash is correct and follows from the
   * last line.
   */
  void insert(String id, String position, int format) {
    pool.database.runTx(
        tx -> {
          var last =
              AuditChainCheck.read(tx.dsl(), pool.workspace, AuditChainCheck.Link.START, 1000)
                  .getLast();
          var forged =
              new AuditLine(
                  pool.workspace,
                  0,
                  0,
                  last.at(),
                  "nobody",
                  null,
                  "did nothing",
                  null,
                  new TreeMap<>(),
                  null,
                  format,
                  null,
                  last.hash(),
                  new byte[0]);
          tx.dsl()
              .execute(
                  "insert into audit_events (id, workspace_id, position, at, actor, action, details,"
                      + " format, previous, hash) values ("
                      + id
                      + ", ?, "
                      + position
                      + ", ?::timestamptz, 'nobody', 'did nothing', '{}', ?, ?, ?)",
                  pool.workspace,
                  last.at().toString(),
                  format,
                  forged.previous(),
                  forged.plainHash());
        });
  }

  Result<Record> rows(String sql) {
    return pool.database.read(dsl -> dsl.fetch(sql));
  }

  void restore(String table, Result<Record> rows) {
    pool.database.runTx(
        tx ->
            rows.forEach(
                row ->
                    tx.dsl()
                        .insertInto(DSL.table(table))
                        .columns(row.fields())
                        .values(row.intoArray())
                        .execute()));
  }

  void forgePlainChain(int from) {
    forgePlainChain(pool.workspace, from);
  }

  /** Changes a line and recomputes the public hash of this and all later unsigned lines. */
  void forgePlainChain(UUID workspace, int from) {
    pool.test
        .asOwner()
        .runTx(
            tx -> {
              tx.dsl().execute("alter table audit_events disable trigger audit_events_append_only");
              var lines =
                  AuditChainCheck.read(tx.dsl(), workspace, AuditChainCheck.Link.START, 1000);
              byte[] previous = lines.get(from - 2).hash();
              for (var line : lines.subList(from - 1, lines.size())) {
                if (line.action().equals(AuditAction.SIGNED_EARLIER_ENTRIES.text())) {
                  break;
                }
                var forged =
                    new AuditLine(
                        line.workspace(),
                        line.position(),
                        line.id(),
                        line.at(),
                        "nobody",
                        null,
                        line.action(),
                        line.subject(),
                        line.details(),
                        null,
                        AuditLine.PLAIN,
                        null,
                        previous,
                        new byte[0]);
                previous = forged.plainHash();
                tx.dsl()
                    .execute(
                        "update audit_events set actor = 'nobody', actor_id = null, format = 0, key_id = null,"
                            + " previous = ?, hash = ? where id = ?",
                        forged.previous(),
                        previous,
                        line.id());
              }
              tx.dsl().execute("alter table audit_events enable trigger audit_events_append_only");
            });
  }
}
