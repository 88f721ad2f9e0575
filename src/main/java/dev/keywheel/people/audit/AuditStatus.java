package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_CHECKS;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.AuditChecksRecord;
import dev.keywheel.people.audit.AuditChainCheck.Link;
import dev.keywheel.people.audit.AuditFinding.Kind;
import dev.keywheel.people.identity.WorkspaceIds;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of a workspace's audit log, as found by the last checks.
 *
 * @param upTo number of the last verified entry
 * @param at when a check last reached the end of the log; null if none has
 * @param overdue whether {@code at} is longer ago than {@link #OVERDUE_AFTER}, or that far in the
 *     future, as after a change in the database
 * @param sweptAt when a check of the whole log last ended; before the first such check, when the
 *     first check of new entries began
 * @param checking last entry that the requested check of the whole log has verified; null if no
 *     such check is in progress
 * @param length number of the last entry
 * @param findings the problems found; empty if there are none
 * @param anchorFile the path of the anchor file
 * @param anchorProblem the problem with the anchor file, as returned by {@link AuditAnchor#problem}
 */
public record AuditStatus(
    long upTo,
    @Nullable Instant at,
    boolean overdue,
    @Nullable Instant sweptAt,
    @Nullable Long checking,
    long length,
    List<AuditFinding> findings,
    String anchorFile,
    String anchorProblem) {

  /** Ten times the interval of the checks. */
  static final Duration OVERDUE_AFTER = Duration.ofMinutes(10);

  static final JSONB NO_FINDINGS = JSONB.valueOf("[]");

  private static final Logger log = LoggerFactory.getLogger(AuditStatus.class);

  /** Whether a restored backup explains a finding, so that an administrator may accept it. */
  public boolean acceptable() {
    return findings.stream().anyMatch(AuditFinding::acceptable);
  }

  /** Whether the anchor file of a node was changed, which has to be accepted on that node. */
  public boolean anchorChanged() {
    return findings.stream().anyMatch(finding -> finding.kind() == Kind.ANCHOR_CHANGED);
  }

  static AuditStatus none(AuditAnchor anchor) {
    return new AuditStatus(
        0, null, false, null, null, 0, List.of(), anchor.file().toString(), anchor.problem());
  }

  static AuditStatus of(AuditChecksRecord check, long length, AuditAnchor anchor, Instant now) {
    var at = check.getTailAt();
    return new AuditStatus(
        link(check.getTail()).position(),
        at,
        at != null && Duration.between(at, now).abs().compareTo(OVERDUE_AFTER) > 0,
        check.getSweptAt(),
        check.getRequestedAt() == null ? null : link(check.getSweep()).position(),
        length,
        findings(check),
        anchor.file().toString(),
        anchor.problem());
  }

  /** All workspaces; the one whose end was verified longest ago is the first. */
  static List<UUID> byLastVerification(DSLContext dsl) {
    var ends =
        dsl.selectFrom(AUDIT_CHECKS).fetchMap(AUDIT_CHECKS.WORKSPACE_ID, AUDIT_CHECKS.TAIL_AT);
    return WorkspaceIds.all(dsl).stream()
        .sorted(Comparator.comparing(ends::get, Comparator.nullsFirst(Comparator.naturalOrder())))
        .toList();
  }

  /** Locks the check of a workspace until the transaction ends; other checks of it wait. */
  static AuditChecksRecord lock(Tx tx, UUID workspace, Instant now) {
    tx.dsl()
        .insertInto(AUDIT_CHECKS, AUDIT_CHECKS.WORKSPACE_ID, AUDIT_CHECKS.SWEPT_AT)
        .values(workspace, now)
        .onConflictDoNothing()
        .execute();
    return tx.dsl()
        .selectFrom(AUDIT_CHECKS)
        .where(AUDIT_CHECKS.WORKSPACE_ID.eq(workspace))
        .forUpdate()
        .fetchSingle();
  }

  static List<AuditFinding> findings(AuditChecksRecord check) {
    return merged(read(check.getEndFindings()), read(check.getFindings()));
  }

  static Link link(@Nullable JSONB stored) {
    try {
      return stored == null
          ? Link.START
          : Objects.requireNonNull(Json.MAPPER.readValue(stored.data(), Link.class));
    } catch (IOException | NullPointerException e) {
      return Link.START; // the stored position was changed: check everything again
    }
  }

  static List<AuditFinding> read(JSONB stored) {
    try {
      return List.copyOf(
          Json.MAPPER.readValue(stored.data(), new TypeReference<List<AuditFinding>>() {}));
    } catch (IOException | NullPointerException e) {
      return List.of(AuditFinding.of(Kind.UNREADABLE, 1)); // the stored findings were changed
    }
  }

  static void add(AuditChecksRecord check, List<AuditFinding> more) {
    logNew(check, more);
    check.setFindings(Json.jsonb(merged(read(check.getFindings()), more)));
  }

  static void logNew(AuditChecksRecord check, List<AuditFinding> found) {
    var known = findings(check);
    found.stream()
        .filter(finding -> !known.contains(finding))
        .forEach(
            finding ->
                log.error(
                    "Audit log of workspace {}: {}", check.getWorkspaceId(), finding.sentence()));
  }

  /** Adds a finding for the unreadable line after {@code verified}, and ends a requested check. */
  static void addUnreadable(AuditChecksRecord check, Link verified) {
    add(check, List.of(AuditFinding.of(Kind.UNREADABLE, verified.position() + 1)));
    check.setRequestedAt(null);
    check.store();
  }

  static void addSwept(AuditChecksRecord check, List<AuditFinding> more) {
    logNew(check, more);
    check.setSweepFindings(Json.jsonb(merged(read(check.getSweepFindings()), more)));
  }

  static void finishSweep(AuditChecksRecord check, Instant now) {
    var kept = read(check.getFindings()).stream().filter(AuditFinding::acceptable).toList();
    check.setFindings(Json.jsonb(merged(kept, read(check.getSweepFindings()))));
    check.setSweepFindings(NO_FINDINGS);
    check.setSweptAt(now);
    check.setRequestedAt(null);
  }

  private static List<AuditFinding> merged(List<AuditFinding> one, List<AuditFinding> other) {
    return Stream.concat(one.stream(), other.stream())
        .distinct()
        .limit(AuditChainCheck.MAX_FINDINGS)
        .toList();
  }
}
