package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_CHECKS;
import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;

import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.AuditChecksRecord;
import dev.keywheel.job.JobResult;
import dev.keywheel.people.audit.AuditChainCheck.Link;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.AuditKeys;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies the audit log in the background: new lines every minute, the whole log once a day and
 * when an administrator requests it. Each part is verified in one transaction that also stores the
 * position reached. A restart resumes there. If two nodes verify the same log, one waits for the
 * other. Writers never wait for the verification. {@link AuditChainCheck} checks the lines.
 */
public final class AuditVerification {
  /** The job that checks a workspace's log when an administrator asks for it. */
  public static final String JOB = "audit-check";

  static final int PART_SIZE = 2_000;
  static final Duration SWEEP_EVERY = Duration.ofDays(1);

  /** Time limit of one job execution; the next one continues. */
  private static final Duration TIME_LIMIT = Duration.ofSeconds(20);

  private static final Logger log = LoggerFactory.getLogger(AuditVerification.class);

  private final Database db;
  private final AuditKeys keys;
  private final Audit audit;
  private final AuditAnchor anchor;
  private final InstantSource clock;
  private final int part;

  public AuditVerification(
      Database db, AuditKeys keys, Audit audit, AuditAnchor anchor, InstantSource clock) {
    this(db, keys, audit, anchor, clock, PART_SIZE);
  }

  /** Verifies {@code part} entries in one transaction. */
  AuditVerification(
      Database db, AuditKeys keys, Audit audit, AuditAnchor anchor, InstantSource clock, int part) {
    this.db = db;
    this.keys = keys;
    this.audit = audit;
    this.anchor = anchor;
    this.clock = clock;
    this.part = part;
  }

  public AuditStatus status(UUID workspace) {
    return db.read(
        dsl -> {
          long head = AuditHead.find(dsl, workspace).map(AuditHead::position).orElse(0L);
          return dsl.fetchOptional(AUDIT_CHECKS, AUDIT_CHECKS.WORKSPACE_ID.eq(workspace))
              .map(check -> AuditStatus.of(check, head, anchor, clock.instant()))
              .orElse(AuditStatus.none(anchor));
        });
  }

  /** Signs unsigned lines and compares the ends of all logs with the anchor file, at startup. */
  public void start() {
    // Before the first start of an installation the logs are empty.
    if (!Files.exists(anchor.file()) && db.<Boolean>read(dsl -> dsl.fetchExists(AUDIT_EVENTS))) {
      log.warn("The audit anchor {} is missing; a new one is written", anchor.file());
    }
    for (var workspace : db.read(WorkspaceIds::all)) {
      runCheck(
          workspace,
          AuditChecksRecord::getTail,
          () -> {
            audit.signEarlier(workspace);
            db.runTx(tx -> compareEnd(tx, AuditStatus.lock(tx, workspace, clock.instant())));
            return true;
          });
    }
  }

  /**
   * Verifies parts of all logs for up to {@link #TIME_LIMIT}; nothing while the vault is sealed.
   */
  public void run() {
    if (keys.active().isEmpty()) {
      return;
    }
    verify(db.read(AuditStatus::byLastVerification));
    audit.recordLeftOut();
  }

  /**
   * Verifies a part of each log in turn, so that a long log does not delay the others.
   *
   * @return whether all of these logs are fully verified
   */
  private boolean verify(List<UUID> workspaces) {
    var end = clock.instant().plus(TIME_LIMIT);
    var due = new ArrayDeque<>(workspaces);
    while (!due.isEmpty() && clock.instant().isBefore(end)) {
      var workspace = due.remove();
      if (!verifyPart(workspace)) {
        due.add(workspace);
      }
    }
    return due.isEmpty();
  }

  /** Runs the job {@link #JOB} for the workspace with this id; waits while the vault is sealed. */
  public JobResult runRequested(String workspace) {
    if (keys.active().isEmpty()) {
      return new JobResult.Again(clock.instant().plus(TIME_LIMIT));
    }
    return verify(List.of(UUID.fromString(workspace)))
        ? new JobResult.Done()
        : new JobResult.Again(clock.instant());
  }

  /** Requests a check of the whole log, unless one is already requested. */
  public void request(Tx tx, UUID workspace, Principal by) {
    var check = AuditStatus.lock(tx, workspace, clock.instant());
    if (check.getRequestedAt() == null) {
      check.setRequestedAt(clock.instant());
      check.setSweep(null);
      check.setSweepFindings(AuditStatus.NO_FINDINGS);
      check.store();
      audit.record(tx, workspace, by, AuditAction.REQUESTED_FULL_AUDIT_CHECK, null, Map.of());
    }
  }

  /**
   * Accepts that the database was restored from a backup, and removes the findings that this
   * explains. Run the result after the commit: it moves this node's anchor to the current end of
   * the log.
   */
  public Runnable accept(Tx tx, UUID workspace, Principal by) {
    var check = AuditStatus.lock(tx, workspace, clock.instant());
    var accepted = AuditStatus.findings(check).stream().filter(AuditFinding::acceptable).toList();
    var details = new HashMap<String, Object>();
    details.put("found", accepted.stream().map(AuditFinding::sentence).toList());
    anchor
        .find(workspace)
        .ifPresent(
            mark -> {
              details.put("anchored entry", mark.position());
              details.put("anchored at", mark.at());
            });
    audit.record(tx, workspace, by, AuditEndCheck.ACCEPTED, null, details);
    var end = AuditEndCheck.last(tx.dsl(), workspace);
    check.setFindings(
        Json.jsonb(
            AuditStatus.read(check.getFindings()).stream()
                .filter(finding -> !finding.acceptable())
                .toList()));
    check.setEndFindings(AuditStatus.NO_FINDINGS);
    check.store();
    return () -> anchorAt(end, workspace);
  }

  /** Verifies a part of the log; returns whether nothing is left to verify now. */
  private boolean verifyPart(UUID workspace) {
    return runCheck(workspace, AuditChecksRecord::getTail, () -> verifyTail(workspace))
        && runCheck(
            workspace, AuditChecksRecord::getSweep, () -> db.inTx(tx -> sweep(tx, workspace)));
  }

  /** Runs a check. An unreadable line, after {@code verified}, ends only this workspace's check. */
  private boolean runCheck(
      UUID workspace,
      Function<AuditChecksRecord, @Nullable JSONB> verified,
      BooleanSupplier check) {
    try {
      return check.getAsBoolean();
    } catch (RuntimeException e) {
      if (TransientErrors.isTransient(e)) {
        throw e;
      }
      if (e instanceof Rejected || keys.active().isEmpty()) {
        log.warn("Audit log of workspace {}: not verified now: {}", workspace, e.toString());
        return true;
      }
      log.error("The audit log of workspace {} cannot be read", workspace, e);
      db.runTx(
          tx -> {
            var row = AuditStatus.lock(tx, workspace, clock.instant());
            AuditStatus.addUnreadable(row, AuditStatus.link(verified.apply(row)));
          });
      return true;
    }
  }

  private boolean sweepDue(AuditChecksRecord check) {
    var last = check.getSweptAt();
    return check.getRequestedAt() != null
        || last == null
        || !last.plus(SWEEP_EVERY).isAfter(clock.instant());
  }

  private boolean verifyTail(UUID workspace) {
    audit.signEarlier(workspace);
    return db.inTx(tx -> verifyTail(tx, workspace));
  }

  private boolean verifyTail(Tx tx, UUID workspace) {
    var check = AuditStatus.lock(tx, workspace, clock.instant());
    var from = AuditStatus.link(check.getTail());
    if (!AuditEndCheck.holds(tx.dsl(), workspace, from, keys)) {
      AuditEndCheck.missingEnd(tx.dsl(), workspace, from)
          .ifPresent(cut -> AuditStatus.add(check, List.of(cut)));
      from = Link.START;
    }
    var lines = AuditChainCheck.read(tx.dsl(), workspace, from, part);
    var chain = AuditChainCheck.of(tx, workspace, keys, from, lines);
    AuditStatus.add(check, chain.findings());
    check.setTail(Json.jsonb(chain.link()));
    boolean last = lines.size() < part;
    if (last) {
      check.setTailAt(clock.instant());
    }
    check.store();
    if (last) {
      compareEnd(tx, check);
      moveAnchor(check);
    }
    return last;
  }

  /** Checks the next part of the log. A complete pass clears findings, except acceptable ones. */
  private boolean sweep(Tx tx, UUID workspace) {
    var check = AuditStatus.lock(tx, workspace, clock.instant());
    if (!sweepDue(check)) {
      return true;
    }
    var from = AuditStatus.link(check.getSweep());
    var lines = AuditChainCheck.read(tx.dsl(), workspace, from, part);
    var chain = AuditChainCheck.of(tx, workspace, keys, from, lines);
    boolean last = lines.size() < part;
    AuditStatus.addSwept(check, chain.findings());
    check.setSweep(last ? null : Json.jsonb(chain.link()));
    if (last) {
      AuditStatus.finishSweep(check, clock.instant());
    }
    check.store();
    return last;
  }

  private void compareEnd(Tx tx, AuditChecksRecord check) {
    var workspace = check.getWorkspaceId();
    var head = AuditHead.find(tx, workspace, keys);
    var last = AuditEndCheck.last(tx.dsl(), workspace);
    var end = new AuditEndCheck(tx.dsl(), workspace, keys, anchor);
    var findings = end.compare(head, last, anchor.find(workspace));
    keys.requireOpen();
    AuditStatus.logNew(check, findings);
    check.setEndFindings(Json.jsonb(findings));
    check.store();
  }

  /** Moves the anchor to the verified end, unless a finding must be accepted first. */
  private void moveAnchor(AuditChecksRecord check) {
    if (AuditStatus.findings(check).stream().noneMatch(AuditFinding::acceptable)) {
      anchorAt(AuditStatus.link(check.getTail()), check.getWorkspaceId());
    }
  }

  private void anchorAt(Link end, UUID workspace) {
    var hash = end.hash();
    var key = end.key();
    if (hash != null && key != null) {
      anchor.move(workspace, anchor.mark(workspace, end.position(), hash, clock.instant(), key));
    }
  }
}
