package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static org.jooq.impl.DSL.noCondition;

import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.AuditFinding.Kind;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.secret.AuditKeys;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Checks lines of one workspace, in order, each against the one before it. {@link
 * AuditVerification} decides which lines are checked, and when.
 */
final class AuditChainCheck {
  /** Maximum number of findings; further ones are dropped, since the log is broken anyway. */
  static final int MAX_FINDINGS = 20;

  private final AuditKeys keys;
  private final AuditRemoval removed;
  private final List<AuditFinding> findings = new ArrayList<>();
  private final long first;
  private Link link;

  /**
   * The last line that was checked.
   *
   * @param key the key of the last signed line; null if no signed line was checked yet
   * @param unsignedFrom position of the first of the consecutive unsigned lines that end here; 0 if
   *     this line is signed
   * @param sound whether the hash or the signature of the line was correct
   */
  record Link(
      long id,
      long position,
      byte @Nullable [] hash,
      @Nullable UUID key,
      long unsignedFrom,
      boolean sound) {
    static final Link START = new Link(0, 0, null, null, 0, true);
  }

  AuditChainCheck(AuditKeys keys, AuditRemoval removed, Link from) {
    this.keys = keys;
    this.removed = removed;
    this.link = from;
    this.first = from.position() + 1;
  }

  /**
   * Checks lines that were read from the log. Reads the removals after the lines, since retention
   * may remove more lines concurrently.
   *
   * @throws dev.keywheel.secret.VaultSealedException if the vault was sealed during the check
   */
  static AuditChainCheck of(
      Tx tx, UUID workspace, AuditKeys keys, Link from, List<AuditLine> lines) {
    AuditHead.find(tx, workspace, keys); // loads the key of the last line
    var chain = new AuditChainCheck(keys, AuditRemoval.read(tx.dsl(), workspace, keys), from);
    chain.check(lines);
    keys.requireOpen();
    return chain;
  }

  /** Reads up to {@code limit} lines after a link; {@link Link#START} begins at the first line. */
  static List<AuditLine> read(DSLContext dsl, UUID workspace, Link from, int limit) {
    return dsl.select(AuditLine.COLUMNS)
        .from(AUDIT_EVENTS)
        .where(
            AUDIT_EVENTS.WORKSPACE_ID.eq(workspace),
            from.hash() == null ? noCondition() : AUDIT_EVENTS.ID.gt(from.id()))
        .orderBy(AUDIT_EVENTS.ID)
        .limit(limit)
        .fetch(AuditLine::of);
  }

  void check(List<AuditLine> lines) {
    lines.forEach(this::check);
  }

  long first() {
    return first;
  }

  Link link() {
    return link;
  }

  List<AuditFinding> findings() {
    return List.copyOf(findings);
  }

  private void check(AuditLine line) {
    long expected = link.position() + 1;
    long position = line.position() == 0 ? expected : line.position(); // see AuditHead.positionOf
    boolean sound = line.signed() ? checkSigned(line, position) : checkPlain(line, position);
    if (sound) {
      checkPlace(line, position, expected);
    }
    long unsigned = line.signed() ? 0 : link.unsignedFrom() == 0 ? position : link.unsignedFrom();
    link =
        new Link(
            line.id(),
            position,
            line.hash(),
            line.signed() ? line.keyId() : link.key(),
            unsigned,
            sound);
  }

  private boolean checkSigned(AuditLine line, long position) {
    var key = line.keyId();
    var right = key == null ? Optional.<byte[]>empty() : keys.mac(key, line.encoded());
    if (right.isEmpty()) {
      return report(Kind.UNKNOWN_KEY, position);
    }
    if (!MessageDigest.isEqual(right.get(), line.hash())) {
      return report(Kind.CHANGED, position);
    }
    if (link.unsignedFrom() > 0) {
      reportUnsignedBefore(line, position);
    } else if (link.key() != null
        && !link.key().equals(key)
        && !line.action().equals(AuditAction.STARTED_NEW_SIGNING_KEY.text())) {
      report(Kind.KEY_CHANGED, position);
    }
    if (line.format() == AuditLine.AFTER_CHANGED_HEAD || signsNothing(line, position)) {
      report(Kind.AFTER_UNSIGNED_HEAD, position);
    }
    return true;
  }

  /**
   * Whether the line claims to sign earlier plain lines although the line before it is signed. This
   * shows that the head was replaced by an unsigned one, as is necessary to hide the removal of
   * lines.
   */
  private boolean signsNothing(AuditLine line, long position) {
    return link.unsignedFrom() == 0
        && position > 1 + removed.upTo()
        && line.action().equals(AuditAction.SIGNED_EARLIER_ENTRIES.text());
  }

  /**
   * Reports the run of plain lines before this signed line. Plain lines at the beginning of the
   * log, which earlier versions wrote, are accepted if this line signs them.
   */
  private void reportUnsignedBefore(AuditLine line, long position) {
    boolean covered = line.action().equals(AuditAction.SIGNED_EARLIER_ENTRIES.text());
    if (!covered || link.unsignedFrom() > 1 + removed.upTo()) {
      add(
          new AuditFinding(
              covered ? Kind.UNSIGNED : Kind.INSERTED, link.unsignedFrom(), position - 1));
    }
  }

  private boolean checkPlain(AuditLine line, long position) {
    return Arrays.equals(line.plainHash(), line.hash()) || report(Kind.CHANGED, position);
  }

  private void checkPlace(AuditLine line, long position, long expected) {
    if (position < expected) {
      report(Kind.OUT_OF_ORDER, position);
    } else if (position > expected) {
      checkGap(line, expected, position - 1);
    } else if (link.sound() && !Arrays.equals(link.hash(), line.previous())) {
      report(Kind.NOT_LINKED, position);
    }
  }

  /**
   * Checks a gap in the positions. Only lines that retention has removed may be missing, and the
   * line after them must contain the hash of the last removed line.
   */
  private void checkGap(AuditLine line, long from, long to) {
    long missing = Math.max(from, removed.upTo() + 1);
    if (missing <= to) {
      add(new AuditFinding(Kind.MISSING, missing, to));
    } else if (to == removed.upTo() && !Arrays.equals(removed.hash(), line.previous())) {
      report(Kind.NOT_LINKED, to + 1);
    }
  }

  /** Adds a finding. Always returns false, so that a check can return it as its result. */
  private boolean report(Kind kind, long entry) {
    add(AuditFinding.of(kind, entry));
    return false;
  }

  private void add(AuditFinding finding) {
    if (findings.size() < MAX_FINDINGS) {
      findings.add(finding);
    }
  }
}
