package dev.keywheel.key.imports;

import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.pool.KeyInserts;
import dev.keywheel.key.pool.KeyInserts.ExistingKey;
import dev.keywheel.key.pool.KeyNames;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.secret.Secret;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Compares parsed lines with the keys of the pool and the names of the workspace. */
final class ImportPreview {
  /** A single word that is long enough for masking to hide most of it. */
  private static final Pattern MASKABLE = Pattern.compile("[!-~]{25,512}");

  private ImportPreview() {}

  static List<ImportLine> lines(
      DSLContext dsl, PoolId pool, KeyInserts inserts, List<ParsedKey> lines) {
    var prints = fingerprints(inserts, pool, lines);
    Map<ByteBuffer, ExistingKey> known = inserts.known(dsl, pool, List.copyOf(prints.values()));
    Map<ByteBuffer, Integer> firstLines = new HashMap<>();
    var names =
        KeyNames.in(
            dsl,
            pool.workspaceId(),
            prints.keySet().stream()
                .map(line -> KeyNames.nameOrMasked(line.name(), line.clear()))
                .toList());
    return lines.stream()
        .map(line -> plannedLine(pool, line, prints.get(line), known, firstLines, names))
        .toList();
  }

  /** The fingerprints of the lines that contain a usable secret. */
  static Map<ParsedKey, ByteBuffer> fingerprints(
      KeyInserts inserts, PoolId pool, List<ParsedKey> lines) {
    var prints = new IdentityHashMap<ParsedKey, ByteBuffer>();
    lines.stream()
        .filter(line -> line.problem() == null)
        .forEach(line -> prints.put(line, inserts.fingerprint(pool, Secret.of(line.clear()))));
    return prints;
  }

  private static ImportLine plannedLine(
      PoolId pool,
      ParsedKey line,
      @Nullable ByteBuffer print,
      Map<ByteBuffer, ExistingKey> known,
      Map<ByteBuffer, Integer> firstLines,
      KeyNames names) {
    String problem = line.problem();
    if (print == null) {
      String masked =
          MASKABLE.matcher(line.clear()).matches() ? Secret.of(line.clear()).masked() : "";
      return new ImportLine(
          line.line(), line.name(), masked, ImportStatus.BAD, problem == null ? "" : problem);
    }
    String masked = Secret.of(line.clear()).masked();
    var plain = new ImportLine(line.line(), line.name(), masked, ImportStatus.NEW, "");
    ExistingKey there = known.get(print);
    if (there != null) {
      return known(plain, there);
    }
    Integer first = firstLines.putIfAbsent(print, line.line());
    if (first != null) {
      String note = "The same key as " + place(first, line);
      return plain.because(ImportStatus.REPEATED, note);
    }
    KeyNames.Choice choice = names.choose(line.name(), line.clear());
    String note =
        Stream.of(
                SecretValidator.remark(pool.provider(), line.name(), line.clear()).orElse(""),
                choice.note())
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining(". "));
    return plain.named(choice.name()).because(ImportStatus.NEW, note);
  }

  /** The position of an earlier line with the same secret. */
  static String place(int first, ParsedKey line) {
    return first == line.line() ? "earlier on this line" : "on line " + first;
  }

  /** The result of a line whose key already exists in the pool or in its trash. */
  static ImportLine known(ImportLine line, ExistingKey existing) {
    String name = existing.name();
    var named = line.named(name);
    return existing.inTrash()
        ? named.because(
            ImportStatus.IN_TRASH, "Deleted as “" + name + "”: restore it from the trash")
        : named.because(ImportStatus.IN_POOL, "In the pool as “" + name + "”");
  }
}
