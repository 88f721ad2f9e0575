package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_CHECKS;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.AuditChecksRecord;
import dev.keywheel.job.JobResult;
import dev.keywheel.people.audit.AuditAnchor.Mark;
import dev.keywheel.people.audit.AuditChain.Link;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.secret.AuditKeys;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies the audit log in the background: new lines at once, the whole log once a day and when an
 * administrator asks for it. Each part is a transaction that also stores its position, so a restart
 * resumes there and two nodes wait for each other. Writers never wait for it.
 */
public final class AuditVerification {
  /** The job that checks a workspace's log when an administrator asks for it. */
  public static final String JOB = "audit-check";

  static final int PART = 2_000;
  static final Duration SWEEP_EVERY = Duration.ofDays(1);

  /** How often the end of a log that grows is written to the server log. */
  private static final Duration LOG_EVERY = Duration.ofHours(1);

  private static final int LOG_LINES = 100;

  /** Time limit of one job execution; the next one continues. */
  private static final Duration SLICE = Duration.ofSeconds(20);

  private static final Logger log = LoggerFactory.getLogger(AuditVerification.class);

  private final Database db;
  private final AuditKeys keys;
  private final Audit audit;
  private final AuditAnchor anchor;
  private final InstantSource clock;
  private final Map<UUID, Mark> logged = new ConcurrentHashMap<>();

  public AuditVerification(
      Database db, AuditKeys keys, Audit audit, AuditAnchor anchor, InstantSource clock) {
    this.db = db;
    this.keys = keys;
    this.audit = audit;
    this.anchor = anchor;
    this.clock = clock;
  }

  /** The state of a workspace's audit log. */
  public AuditStatus status(UUID workspace) {
    return db.read(
        dsl -> {
          long head = AuditHead.find(dsl, workspace).map(AuditHead::position).orElse(0L);
          return dsl.fetchOptional(AUDIT_CHECKS, AUDIT_CHECKS.WORKSPACE_ID.eq(workspace))
              .map(check -> AuditStatus.of(check, head, anchor))
              .orElse(AuditStatus.none(anchor));
        });
  }

  /** Whether the last checks have found something wrong. */
  public boolean broken(UUID workspace) {
    return db.read(
        dsl ->
            dsl.fetchOptional(AUDIT_CHECKS, AUDIT_CHECKS.WORKSPACE_ID.eq(workspace))
                .map(AuditStatus::findings)
                .filter(findings -> !findings.isEmpty())
                .isPresent());
  }

  /** Before anything is written: signs what was written without the key, and reads the anchor. */
  public void start() {
    db.read(WorkspaceIds::all).forEach(audit::signEarlier);
    if (!Files.exists(anchor.file())) {
      log.warn("There is no audit anchor {} yet; one is written", anchor.file());
    }
    var marks = anchor.read();
    for (var workspace : db.read(WorkspaceIds::all)) {
      db.runTx(tx -> compareEnd(tx, locked(tx, workspace), marks.get(workspace)));
    }
  }

  /** Verifies parts until everything is verified or the time is up. */
  public void run() {
    if (keys.active().isEmpty()) {
      return;
    }
    audit.recordLeftOut();
    var end = clock.instant().plus(SLICE);
    for (var workspace : db.read(WorkspaceIds::all)) {
      audit.signEarlier(workspace);
      verify(workspace, end);
    }
  }

  /** Whether the workspace's log is verified as far as it is due. */
  private boolean verify(UUID workspace, Instant end) {
    var marks = anchor.read();
    boolean done = false;
    while (!done && clock.instant().isBefore(end)) {
      done = db.inTx(tx -> part(tx, workspace, marks));
    }
    return done;
  }

  /** A job for one workspace, the instance: a requested check begins at once. */
  public JobResult runRequested(String workspace) {
    return verify(UUID.fromString(workspace), clock.instant().plus(SLICE))
        ? new JobResult.Done()
        : new JobResult.Again(clock.instant());
  }

  /** The next run checks the whole log. */
  public void request(Tx tx, UUID workspace, Principal by) {
    var check = locked(tx, workspace);
    if (check.getRequestedAt() == null) {
      check.setRequestedAt(clock.instant());
      check.setSweep(null);
      check.setSweepFindings(AuditStatus.NO_FINDINGS);
      check.store();
      audit.record(
          tx, workspace, by.email(), by.userId(), "requested a full audit check", null, Map.of());
    }
  }

  /** Accepts that the database was restored from a backup: the log goes on from here. */
  public void accept(Tx tx, UUID workspace, Principal by) {
    var check = locked(tx, workspace);
    var accepted = AuditStatus.findings(check).stream().filter(AuditFinding::acceptable).toList();
    var details = new HashMap<String, Object>();
    details.put("found", accepted.stream().map(AuditFinding::sentence).toList());
    var mark = anchor.read().get(workspace);
    if (mark != null) {
      details.put("anchored entry", mark.position());
      details.put("anchored at", mark.at());
    }
    audit.record(tx, workspace, by.email(), by.userId(), AuditEnd.ACCEPTED, null, details);
    check.setFindings(
        AuditStatus.stored(
            AuditStatus.read(check.getFindings()).stream()
                .filter(finding -> !finding.acceptable())
                .toList()));
    check.setEndFindings(AuditStatus.NO_FINDINGS);
    check.store();
  }

  /** Whether nothing is left to verify now. */
  private boolean part(Tx tx, UUID workspace, Map<UUID, Mark> marks) {
    var check = locked(tx, workspace);
    boolean tailed = tail(tx, check);
    boolean swept = !tailed || !sweepDue(check);
    boolean done = tailed && (swept || sweep(tx, check));
    check.store();
    if (tailed) {
      compareEnd(tx, check, marks.get(workspace));
      anchor(check, marks);
    }
    return done;
  }

  private boolean sweepDue(AuditChecksRecord check) {
    var last = check.getSweptAt();
    return check.getRequestedAt() != null
        || last == null
        || !last.plus(SWEEP_EVERY).isAfter(clock.instant());
  }

  private boolean tail(Tx tx, AuditChecksRecord check) {
    var workspace = check.getWorkspaceId();
    var removed = AuditRemoval.read(tx.dsl(), workspace, keys);
    var from = AuditStatus.link(check.getTail());
    if (!AuditEnd.holds(tx.dsl(), workspace, from, removed)) {
      AuditEnd.cut(tx.dsl(), workspace, from)
          .ifPresent(cut -> AuditStatus.add(check, List.of(cut)));
      from = Link.START;
    }
    var lines = AuditChain.read(tx.dsl(), workspace, from, PART);
    var chain = new AuditChain(keys, removed, from);
    chain.check(lines);
    AuditStatus.add(check, chain.findings());
    check.setTail(AuditStatus.stored(chain.link()));
    boolean last = lines.size() < PART;
    if (last) {
      check.setTailAt(clock.instant());
    }
    return last;
  }

  /** Only a complete pass clears earlier findings, and not those that need an acceptance. */
  private boolean sweep(Tx tx, AuditChecksRecord check) {
    var workspace = check.getWorkspaceId();
    var from = AuditStatus.link(check.getSweep());
    var lines = AuditChain.read(tx.dsl(), workspace, from, PART);
    var chain = new AuditChain(keys, AuditRemoval.read(tx.dsl(), workspace, keys), from);
    chain.check(lines);
    boolean last = lines.size() < PART;
    AuditStatus.addSwept(check, chain.findings());
    check.setSweep(last ? null : AuditStatus.stored(chain.link()));
    if (last) {
      AuditStatus.finishSweep(check);
      check.setSweptAt(clock.instant());
      check.setRequestedAt(null);
    }
    return last;
  }

  private void compareEnd(Tx tx, AuditChecksRecord check, @Nullable Mark mark) {
    var workspace = check.getWorkspaceId();
    var head = AuditHead.find(tx.dsl(), workspace);
    var last = AuditEnd.last(tx.dsl(), workspace);
    var findings = new AuditEnd(tx.dsl(), workspace, keys, anchor).compare(head, last, mark);
    var stored = AuditStatus.stored(findings);
    if (!stored.equals(check.getEndFindings())) {
      findings.forEach(
          finding -> log.error("Audit log of workspace {}: {}", workspace, finding.sentence()));
    }
    check.setEndFindings(stored);
    check.store();
  }

  /** Moves the anchor to the verified end, unless something is wrong with it. */
  private void anchor(AuditChecksRecord check, Map<UUID, Mark> marks) {
    var link = AuditStatus.link(check.getTail());
    var hash = link.hash();
    var key = link.key();
    if (hash == null
        || key == null
        || AuditStatus.findings(check).stream().anyMatch(AuditFinding::acceptable)) {
      return;
    }
    var workspace = check.getWorkspaceId();
    var mark = anchor.mark(workspace, link.position(), hash, clock.instant(), key);
    var before = marks.put(workspace, mark);
    if (before == null || before.position() != mark.position()) {
      anchor.write(marks);
    }
    logHead(workspace, mark);
  }

  private void logHead(UUID workspace, Mark mark) {
    var before = logged.get(workspace);
    boolean due =
        before == null
            || mark.position() >= before.position() + LOG_LINES
            || (mark.position() > before.position()
                && !mark.at().isBefore(before.at().plus(LOG_EVERY)));
    if (due) {
      logged.put(workspace, mark);
      log.info("audit head {} {} {}", workspace, mark.position(), AuditAppender.hex(mark.hash()));
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
