package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_CHECKS;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.AuditChecksRecord;
import dev.keywheel.people.audit.AuditChain.Link;
import dev.keywheel.people.identity.WorkspaceIds;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the audit log in the background: new events at once, the whole log once a day. Each part
 * is a transaction that also stores its position, so a restart resumes there and two nodes wait for
 * each other.
 */
public final class AuditVerification {
  static final int PART = 2_000;
  static final Duration SWEEP_EVERY = Duration.ofDays(1);

  /** Time limit of one job execution; the next one continues. */
  private static final Duration SLICE = Duration.ofSeconds(20);

  private final Database db;
  private final InstantSource clock;

  public AuditVerification(Database db, InstantSource clock) {
    this.db = db;
    this.clock = clock;
  }

  /**
   * Verification state of a workspace's audit log.
   *
   * @param upTo the last verified event
   * @param at when verification last reached the end of the log
   * @param broken the first event that breaks the chain; null for none
   */
  public record Result(long upTo, Instant at, @Nullable Long broken) {}

  /** Empty until verification reaches the end of the log for the first time. */
  public Optional<Result> result(UUID workspace) {
    return db.read(
        dsl ->
            dsl.selectFrom(AUDIT_CHECKS)
                .where(AUDIT_CHECKS.WORKSPACE_ID.eq(workspace))
                .and(AUDIT_CHECKS.TAIL_AT.isNotNull().or(AUDIT_CHECKS.BROKEN_ID.isNotNull()))
                .fetchOptional(
                    row ->
                        new Result(
                            row.getTailId(),
                            row.getTailAt() == null ? clock.instant() : row.getTailAt(),
                            row.getBrokenId())));
  }

  /** Verifies parts until everything is verified or the time is up. */
  public void run() {
    var end = clock.instant().plus(SLICE);
    for (var workspace : db.read(WorkspaceIds::all)) {
      boolean done = false;
      while (!done && clock.instant().isBefore(end)) {
        done = db.inTx(tx -> part(tx, workspace));
      }
    }
  }

  /** Whether nothing is left to verify now. */
  private boolean part(Tx tx, UUID workspace) {
    var check = locked(tx, workspace);
    boolean tailed = tail(tx, check);
    boolean swept = !tailed || check.getSweptAt().plus(SWEEP_EVERY).isAfter(clock.instant());
    boolean done = tailed && (swept || sweep(tx, check));
    check.store();
    return done;
  }

  private boolean tail(Tx tx, AuditChecksRecord check) {
    var from = new Link(check.getTailId(), check.getTailHash());
    if (!AuditChain.holds(tx.dsl(), check.getWorkspaceId(), from)) {
      broken(check, from.id());
    }
    var part = AuditChain.compare(tx.dsl(), check.getWorkspaceId(), from, PART);
    broken(check, part.broken());
    check.setTailId(part.link().id());
    check.setTailHash(part.link().hash());
    if (part.last()) {
      check.setTailAt(clock.instant());
    }
    return part.last();
  }

  /** Only a complete pass without a broken event clears an earlier finding. */
  private boolean sweep(Tx tx, AuditChecksRecord check) {
    var from = new Link(check.getSweepId(), check.getSweepHash());
    var part = AuditChain.compare(tx.dsl(), check.getWorkspaceId(), from, PART);
    broken(check, part.broken());
    if (check.getSweepBroken() == null) {
      check.setSweepBroken(part.broken());
    }
    check.setSweepId(part.last() ? 0 : part.link().id());
    check.setSweepHash(part.last() ? null : part.link().hash());
    if (part.last()) {
      check.setBrokenId(check.getSweepBroken());
      check.setSweepBroken(null);
      check.setSweptAt(clock.instant());
    }
    return part.last();
  }

  private static void broken(AuditChecksRecord check, @Nullable Long line) {
    if (line != null && (check.getBrokenId() == null || line < check.getBrokenId())) {
      check.setBrokenId(line);
    }
  }

  private AuditChecksRecord locked(Tx tx, UUID workspace) {
    tx.dsl()
        .insertInto(AUDIT_CHECKS, AUDIT_CHECKS.WORKSPACE_ID, AUDIT_CHECKS.SWEPT_AT)
        .values(workspace, clock.instant())
        .onConflictDoNothing()
        .execute();
    return tx.dsl()
        .selectFrom(AUDIT_CHECKS)
        .where(AUDIT_CHECKS.WORKSPACE_ID.eq(workspace))
        .forUpdate()
        .fetchSingle();
  }
}
