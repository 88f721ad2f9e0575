package dev.keywheel.people.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.db.Json;
import dev.keywheel.db.Sha256;
import dev.keywheel.people.audit.AuditChainCheck.Link;
import dev.keywheel.people.audit.AuditExport.Manifest;
import dev.keywheel.people.audit.AuditFinding.Kind;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.AuditKeys;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/** Checks an export: its signature, its checksums, and each line against the one before it. */
public final class ExportCheck {
  private static final long MAX_BYTES = 500_000_000;
  private static final int MAX_LINE_BYTES = 1_000_000;
  private static final int MAX_OTHER_BYTES = 100_000;
  private static final String NOT_AN_EXPORT = "This is not an export of Keywheel's audit log.";

  private final AuditKeys keys;

  public ExportCheck(AuditKeys keys) {
    this.keys = keys;
  }

  /**
   * The result of a check.
   *
   * @param signed whether the signature and the checksums are correct
   * @param findings the problems with the entries; empty if there are none
   */
  public record Result(Manifest manifest, boolean signed, List<AuditFinding> findings) {
    public boolean valid() {
      return signed && findings.isEmpty();
    }
  }

  /**
   * Checks the ZIP of an {@link AuditExport}.
   *
   * @throws Rejected for the field {@code file} if it is not an export or is too large
   */
  public Result check(InputStream zip) {
    try (var in = new ZipInputStream(zip)) {
      var first = in.getNextEntry();
      if (first == null || !first.getName().equals(AuditExport.LINES)) {
        throw new Rejected("file", NOT_AN_EXPORT);
      }
      var digest = Sha256.digest();
      var walk = checkLines(new DigestInputStream(in, digest));
      var others = readOthers(in);
      var manifest = Json.read(manifest(others), Manifest.class);
      var sums = others.getOrDefault(AuditExport.SUMS, new byte[0]);
      boolean signed =
          new String(sums, UTF_8).contains(HexFormat.of().formatHex(digest.digest()))
              && new String(sums, UTF_8).contains(Sha256.hex(manifest(others)))
              && ExportKey.of(keys, manifest.key())
                  .filter(
                      key ->
                          key.verifies(
                              sums, others.getOrDefault(AuditExport.SIGNATURE, new byte[0])))
                  .isPresent();
      return new Result(manifest, signed, findings(walk, manifest));
    } catch (Rejected e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw refused(e);
    }
  }

  private static Rejected refused(Exception cause) {
    var rejected = new Rejected("file", NOT_AN_EXPORT);
    rejected.initCause(cause);
    return rejected;
  }

  /** Checks the lines; returns null if there are none. */
  private @Nullable AuditChainCheck checkLines(InputStream in) throws IOException {
    var buffered = new BufferedInputStream(in);
    @Nullable AuditChainCheck chain = null;
    long read = 0;
    for (var text = readLine(buffered); text != null; text = readLine(buffered)) {
      read += text.length();
      if (read > MAX_BYTES) {
        throw new Rejected(
            "file",
            "This export is larger than 500 MB. Verify it with OpenSSL, as its README.txt says.");
      }
      var line = ExportedLine.read(text);
      if (chain == null) {
        var before = new AuditRemoval(line.position() - 1, line.previous());
        chain =
            new AuditChainCheck(
                keys, before, new Link(0, line.position() - 1, line.previous(), null, 0, true));
      }
      chain.check(List.of(line));
    }
    return chain;
  }

  /** The next line; null at the end. */
  private static @Nullable String readLine(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    int next = in.read();
    if (next < 0) {
      return null;
    }
    while (next >= 0 && next != '\n') {
      line.write(next);
      if (line.size() > MAX_LINE_BYTES) {
        throw new Rejected(
            "file",
            "A line of this export is longer than 1 MB. Keywheel writes no entry of this length: the file was changed or is not a Keywheel export.");
      }
      next = in.read();
    }
    return line.toString(UTF_8);
  }

  /** The findings of the chain, and those for lines missing at the beginning or the end. */
  private static List<AuditFinding> findings(@Nullable AuditChainCheck chain, Manifest manifest) {
    if (chain == null) {
      return List.of(new AuditFinding(Kind.MISSING, manifest.first(), manifest.last()));
    }
    var findings = new ArrayList<>(chain.findings());
    long last = chain.link().position();
    if (chain.first() > manifest.first()) {
      findings.addFirst(new AuditFinding(Kind.MISSING, manifest.first(), chain.first() - 1));
    }
    if (last < manifest.last()) {
      findings.add(new AuditFinding(Kind.CUT, last + 1, manifest.last()));
    }
    return findings;
  }

  private static Map<String, byte[]> readOthers(ZipInputStream in) throws IOException {
    var others = new HashMap<String, byte[]>();
    for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
      others.put(entry.getName(), in.readNBytes(MAX_OTHER_BYTES));
      if (others.size() > 10 || in.read() >= 0) {
        throw new Rejected("file", NOT_AN_EXPORT);
      }
    }
    return others;
  }

  private static String manifest(Map<String, byte[]> others) {
    return new String(others.getOrDefault(AuditExport.MANIFEST, new byte[0]), UTF_8);
  }
}
