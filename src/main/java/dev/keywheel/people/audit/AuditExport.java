package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.min;

import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.db.Sha256;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.AuditKeys;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Exports a period of a workspace's log with its proof: a ZIP with the lines, a manifest, the
 * checksums of both, and an Ed25519 signature of the checksums.
 */
public final class AuditExport {
  static final String LINES = "audit-log.jsonl";
  static final String MANIFEST = "manifest.json";
  static final String SUMS = "SHA256SUMS";
  static final String SIGNATURE = "SHA256SUMS.sig";
  static final String PUBLIC_KEY = "public-key.pem";

  /** The commands that verify an export without Keywheel; shown on the page and in the file. */
  public static final String COMMANDS =
      """
      openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
      sha256sum -c SHA256SUMS
      """;

  private static final int PART_SIZE = 1_000;

  private final Database db;
  private final AuditKeys keys;
  private final InstantSource clock;

  public AuditExport(Database db, AuditKeys keys, InstantSource clock) {
    this.db = db;
    this.keys = keys;
    this.clock = clock;
  }

  /**
   * The manifest of an export.
   *
   * @param key id of the audit key that the key of the signature is derived from
   * @param previous hash of the entry before the first one, in hex; empty if the first entry is the
   *     first of the log
   * @param head hash of the last entry, in hex
   */
  public record Manifest(
      int version,
      UUID workspace,
      Instant from,
      Instant to,
      long first,
      long last,
      String previous,
      String head,
      UUID key,
      Instant madeAt) {}

  /** A contiguous range of entries. */
  public record Range(UUID workspace, Instant from, Instant to, long first, long last) {}

  /**
   * The key that signs new exports, which another node may have created. Throws {@link Rejected}
   * while the vault is sealed.
   */
  public ExportKey key() {
    db.runTx(keys::reload);
    return knownKey();
  }

  /** Like {@link #key}, but ignores a newer key that only another node has loaded. */
  public ExportKey knownKey() {
    return ExportKey.current(keys);
  }

  /**
   * The entries from the first one at or after {@code from} to the last one before {@code to}.
   *
   * @throws Rejected for the field {@code from} if there are none
   */
  public Range range(UUID workspace, Instant from, Instant to) {
    var first = AUDIT_EVENTS.AT.ge(from);
    var last = AUDIT_EVENTS.AT.lt(to);
    var found =
        db.read(
            dsl ->
                dsl.select(
                        min(AUDIT_EVENTS.POSITION).filterWhere(first),
                        max(AUDIT_EVENTS.POSITION).filterWhere(last))
                    .from(AUDIT_EVENTS)
                    .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace))
                    .fetchSingle());
    @Nullable Long start = found.value1();
    @Nullable Long end = found.value2();
    if (start == null || end == null || start > end) {
      throw new Rejected("from", "There are no entries in this period.");
    }
    return new Range(workspace, from, to, start, end);
  }

  /** Writes the ZIP. Reads the log in parts, so that it need not fit into memory. */
  public void write(Range range, OutputStream out) throws IOException {
    var key = key();
    try (var zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry(LINES));
      var digest = new DigestOutputStream(zip, Sha256.digest());
      var ends = writeLines(range, digest);
      var manifest =
          Json.text(
              new Manifest(
                  1,
                  range.workspace(),
                  range.from(),
                  range.to(),
                  range.first(),
                  range.last(),
                  AuditAppender.hex(ends.previous()),
                  AuditAppender.hex(ends.head()),
                  key.id(),
                  clock.instant()));
      var lines = HexFormat.of().formatHex(digest.getMessageDigest().digest());
      var sums = sum(lines, LINES) + sum(Sha256.hex(manifest), MANIFEST);
      writeEntry(zip, MANIFEST, manifest.getBytes(UTF_8));
      writeEntry(zip, SUMS, sums.getBytes(UTF_8));
      writeEntry(zip, SIGNATURE, key.sign(sums.getBytes(UTF_8)));
      writeEntry(zip, PUBLIC_KEY, key.pem().getBytes(UTF_8));
      writeEntry(zip, "README.txt", readme(key).getBytes(UTF_8));
    }
  }

  private record Ends(byte @Nullable [] previous, byte @Nullable [] head) {}

  private Ends writeLines(Range range, OutputStream out) throws IOException {
    byte @Nullable [] previous = null;
    byte @Nullable [] head = null;
    long next = range.first();
    while (next <= range.last()) {
      long from = next;
      var part =
          db.read(
              dsl ->
                  dsl.select(AuditLine.COLUMNS)
                      .from(AUDIT_EVENTS)
                      .where(AUDIT_EVENTS.WORKSPACE_ID.eq(range.workspace()))
                      .and(AUDIT_EVENTS.POSITION.between(from, range.last()))
                      .orderBy(AUDIT_EVENTS.POSITION, AUDIT_EVENTS.ID)
                      .limit(PART_SIZE)
                      .fetch(AuditLine::of));
      if (part.isEmpty()) {
        break;
      }
      for (var line : part) {
        out.write((Json.text(ExportedLine.of(line)) + "\n").getBytes(UTF_8));
      }
      previous = next == range.first() ? part.getFirst().previous() : previous;
      head = part.getLast().hash();
      next = part.getLast().position() + 1;
    }
    return new Ends(previous, head);
  }

  private static String sum(String hex, String name) {
    return hex + "  " + name + "\n";
  }

  private static void writeEntry(ZipOutputStream zip, String name, byte[] content)
      throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(content);
  }

  private static String readme(ExportKey key) {
    return """
    A period of Keywheel's audit log, one entry per line in audit-log.jsonl.

    Verify it without Keywheel, with OpenSSL 3 or later:

    %s
    Compare public-key.pem with the key on Keywheel's page Audit log, Export with proof. Its SHA-256 is
    %s

    Keywheel verifies more: each entry has an HMAC-SHA-256 over all its values and the hash of the entry before it.
    Upload this file there under "Check an export" to learn which entry was changed.
    """
        .formatted(COMMANDS, key.fingerprint());
  }
}
