package dev.keywheel.people.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keywheel.db.Sha256;
import dev.keywheel.people.audit.AuditFinding.Kind;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.factor.TestFactors;
import dev.keywheel.problem.Rejected;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports of the audit log, and the detection of a changed export. */
class AuditExportTest {
  @TempDir Path folder;
  @AutoClose private AuditFixture log;
  private AuditExport exports;
  private ExportCheck check;

  @BeforeEach
  void open() {
    log = new AuditFixture(folder);
    exports = new AuditExport(log.pool.database, log.pool.vault.auditKeys(), log.pool.clock);
    check = new ExportCheck(log.pool.vault.auditKeys());
  }

  @Test
  void an_export_is_valid_and_names_its_range() throws IOException {
    var result = check(export());
    assertThat(result.valid()).as("%s", result).isTrue();
    assertThat(result.manifest().first()).isEqualTo(1);
    assertThat(result.manifest().last()).isEqualTo(10);
    assertThat(result.manifest().previous()).isEmpty();
  }

  @Test
  void a_period_in_the_middle_is_valid_without_the_entries_before_it() throws IOException {
    var start = log.audit.newest(log.pool.workspace, AuditFilter.ALL, null, 100).get(6).at();
    var end = log.pool.clock.instant().minus(Duration.ofSeconds(2));
    var result = check(write(exports.range(log.pool.workspace, start, end)));
    assertThat(result.valid()).as("%s", result).isTrue();
    assertThat(result.manifest().first()).isEqualTo(4);
    assertThat(result.manifest().last()).isEqualTo(7);
  }

  @Test
  void a_period_without_entries_is_refused() {
    var now = log.pool.clock.instant();
    assertThatThrownBy(
            () -> exports.range(log.pool.workspace, now.plusSeconds(5), now.plusSeconds(9)))
        .isInstanceOf(Rejected.class);
  }

  @Test
  void an_export_across_a_change_of_key_is_valid_and_earlier_exports_stay_valid()
      throws IOException {
    var before = export();
    log.audit.startSegments(log.pool.admin);
    log.recordLines(log.pool.workspace, 2);
    assertThat(check(export()).valid()).isTrue();
    assertThat(check(before).valid()).isTrue();
  }

  @Test
  void a_node_signs_and_checks_exports_with_the_new_key_of_another_node() throws IOException {
    var vault = TestFactors.vault(log.pool.database, log.pool.clock);
    vault.unseal();
    var node = new AuditExport(log.pool.database, vault.auditKeys(), log.pool.clock);
    log.audit.startSegments(log.pool.admin);
    assertThat(node.key().fingerprint()).isEqualTo(exports.key().fingerprint());
    var checked = new ExportCheck(vault.auditKeys()).check(new ByteArrayInputStream(export()));
    assertThat(checked.valid()).as("%s", checked).isTrue();
  }

  @Test
  void a_node_whose_change_of_the_key_failed_uses_the_new_key_of_another_node() {
    var vault = TestFactors.vault(log.pool.database, log.pool.clock);
    vault.unseal();
    var failure = new IllegalStateException("lock timeout");
    assertThatThrownBy(
            () ->
                log.pool.database.runTx(
                    tx -> {
                      vault.auditKeys().replace(tx);
                      throw failure;
                    }))
        .isSameAs(failure);
    log.audit.startSegments(log.pool.admin);
    var node = new AuditExport(log.pool.database, vault.auditKeys(), log.pool.clock);
    assertThat(node.key().fingerprint()).isEqualTo(exports.key().fingerprint());
  }

  @Test
  void a_changed_line_is_named_even_with_new_checksums() throws IOException {
    var changed = change(export(), AuditExport.LINES, text -> text.replace("to 5\"", "to 6\""));
    var files = unpacked(changed);
    var sums =
        Stream.of(AuditExport.LINES, AuditExport.MANIFEST)
            .map(name -> Sha256.hex(files.getOrDefault(name, new byte[0])) + "  " + name + "\n")
            .collect(Collectors.joining());
    var result = check(change(changed, AuditExport.SUMS, text -> sums));
    assertThat(result.signed()).isFalse();
    assertThat(result.findings()).containsExactly(AuditFinding.of(Kind.CHANGED, 5));
  }

  @Test
  void removed_lines_are_named() throws IOException {
    var lines = change(export(), AuditExport.LINES, text -> without(text, 4));
    assertThat(check(lines).findings()).containsExactly(AuditFinding.of(Kind.MISSING, 4));
    var first = change(export(), AuditExport.LINES, text -> without(text, 1));
    assertThat(check(first).findings()).containsExactly(AuditFinding.of(Kind.MISSING, 1));
    var last = change(export(), AuditExport.LINES, text -> without(text, 10));
    assertThat(check(last).findings()).containsExactly(AuditFinding.of(Kind.CUT, 10));
  }

  @Test
  void a_different_manifest_has_no_valid_signature() throws IOException {
    var forged =
        change(export(), AuditExport.MANIFEST, text -> text.replace("\"first\":1", "\"first\":2"));
    assertThat(check(forged).signed()).isFalse();
  }

  @Test
  void a_signature_by_another_installation_is_not_valid() throws IOException {
    try (var other = new AuditFixture(folder.resolve("other"))) {
      var others = new ExportCheck(other.pool.vault.auditKeys());
      var result = others.check(new ByteArrayInputStream(export()));
      assertThat(result.signed()).isFalse();
      assertThat(result.findings().getFirst().kind()).isEqualTo(Kind.UNKNOWN_KEY);
    }
  }

  @Test
  void a_file_that_is_not_an_export_is_refused() {
    for (var file : List.of(new byte[0], "text".getBytes(UTF_8), new byte[] {'P', 'K', 3, 4})) {
      assertThatThrownBy(() -> check(file)).isInstanceOf(Rejected.class);
    }
  }

  @Test
  void a_line_longer_than_a_megabyte_is_refused() throws IOException {
    var longest = change(export(), AuditExport.LINES, text -> "x".repeat(1_000_000) + "\n" + text);
    assertThatThrownBy(() -> check(longest)).hasMessageContaining("not an export");
    var longer = change(export(), AuditExport.LINES, text -> text + "x".repeat(1_000_001));
    assertThatThrownBy(() -> check(longer))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("longer than 1 MB");
  }

  @Test
  void a_file_beside_the_lines_that_is_too_large_is_refused() throws IOException {
    var large = change(export(), AuditExport.MANIFEST, text -> text + " ".repeat(200_000));
    assertThatThrownBy(() -> check(large)).hasMessageContaining("not an export");
  }

  @Test
  void openssl_verifies_an_export_with_the_documented_commands() throws Exception {
    boolean openssl = Files.isExecutable(Path.of("/usr/bin/openssl"));
    if (!openssl) {
      System.err.println("NOT TESTED: no openssl, so it verified no export");
    }
    assumeTrue(openssl, "needs openssl");
    for (var file : unpacked(export()).entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
    assertThat(run(AuditExport.COMMANDS))
        .contains("Signature Verified Successfully", "audit-log.jsonl: OK");
    Files.writeString(folder.resolve(AuditExport.SUMS), "0  audit-log.jsonl\n");
    assertThat(run(AuditExport.COMMANDS)).contains("Signature Verification Failure");
  }

  private String run(String commands) throws Exception {
    var process =
        new ProcessBuilder("sh", "-c", commands)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    process.waitFor();
    return output;
  }

  private byte[] export() throws IOException {
    var from = log.pool.clock.instant().minus(Duration.ofDays(1));
    return write(exports.range(log.pool.workspace, from, log.pool.clock.instant().plusSeconds(1)));
  }

  private byte[] write(AuditExport.Range range) throws IOException {
    var out = new ByteArrayOutputStream();
    exports.write(range, out);
    return out.toByteArray();
  }

  private ExportCheck.Result check(byte[] zip) {
    return check.check(new ByteArrayInputStream(zip));
  }

  private static String without(String text, int line) {
    return Arrays.stream(text.split("\n"))
        .filter(one -> !one.contains("\"entry\":" + line + ","))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static Map<String, byte[]> unpacked(byte[] zip) throws IOException {
    var files = new LinkedHashMap<String, byte[]>();
    try (var in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        files.put(entry.getName(), in.readAllBytes());
      }
    }
    return files;
  }

  private static byte[] change(byte[] zip, String name, UnaryOperator<String> change)
      throws IOException {
    var out = new ByteArrayOutputStream();
    try (var changed = new ZipOutputStream(out)) {
      for (var file : unpacked(zip).entrySet()) {
        changed.putNextEntry(new ZipEntry(file.getKey()));
        changed.write(
            file.getKey().equals(name)
                ? change.apply(new String(file.getValue(), UTF_8)).getBytes(UTF_8)
                : file.getValue());
      }
    }
    return out.toByteArray();
  }
}
