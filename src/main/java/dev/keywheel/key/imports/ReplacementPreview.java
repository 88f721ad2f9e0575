package dev.keywheel.key.imports;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.imports.ImportStore.StoredSecret;
import dev.keywheel.key.pool.KeyInserts;
import dev.keywheel.key.pool.KeyInserts.ExistingKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.secret.Secret;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Matches pasted secrets with the keys whose secrets they replace. */
final class ReplacementPreview {
  private final PoolId pool;
  private final Map<ParsedKey, ByteBuffer> prints;
  private final Map<ByteBuffer, ExistingKey> known;

  /**
   * The failed keys by name in lower case. Names with the same lower case may differ in the unique
   * index of names, which uses the rules of the database.
   */
  private final Map<String, List<Target>> byName;

  /** The ids of the failed keys that a line has matched by name. */
  private final Set<UUID> matched = new HashSet<>();

  /** Failed keys that no line names, in the order in which lines without a name match them. */
  private final Deque<Target> unnamed;

  private final Map<ByteBuffer, Integer> firstLines = new HashMap<>();
  private final List<ImportLine> lines = new ArrayList<>();
  private final List<StoredSecret> kept = new ArrayList<>();

  /** A key whose secret may be replaced. */
  record Target(UUID id, String name) {
    private String lowerCase() {
      return name.toLowerCase(Locale.ROOT);
    }
  }

  private ReplacementPreview(
      PoolId pool,
      Map<ParsedKey, ByteBuffer> prints,
      Map<ByteBuffer, ExistingKey> known,
      Map<String, List<Target>> byName,
      Deque<Target> unnamed) {
    this.pool = pool;
    this.prints = prints;
    this.known = known;
    this.byName = byName;
    this.unnamed = unnamed;
  }

  static ReplacementPreview of(
      DSLContext dsl,
      PoolId pool,
      KeyInserts inserts,
      List<ParsedKey> parsed,
      List<Target> targets) {
    var prints = ImportPreview.fingerprints(inserts, pool, parsed);
    var byName = targets.stream().collect(groupingBy(Target::lowerCase));
    var named = parsed.stream().map(line -> line.name().toLowerCase(Locale.ROOT)).collect(toSet());
    var unnamed = targets.stream().filter(target -> !named.contains(target.lowerCase())).toList();
    var preview =
        new ReplacementPreview(
            pool,
            prints,
            inserts.known(dsl, pool, List.copyOf(prints.values())),
            byName,
            new ArrayDeque<>(unnamed));
    parsed.forEach(preview::add);
    return preview;
  }

  List<ImportLine> lines() {
    return lines;
  }

  /** The secrets that would replace the secret of a key. */
  List<StoredSecret> kept() {
    return kept;
  }

  private void add(ParsedKey line) {
    ByteBuffer print = prints.get(line);
    String masked = print == null ? "" : Secret.of(line.clear()).masked();
    var plain = new ImportLine(line.line(), line.name(), masked, ImportStatus.REPLACES, "");
    if (print == null) {
      String problem = line.problem();
      lines.add(plain.because(ImportStatus.BAD, problem == null ? "" : problem));
      return;
    }
    ExistingKey there = known.get(print);
    Integer first = firstLines.putIfAbsent(print, line.line());
    if (there != null) {
      lines.add(ImportPreview.known(plain, there));
    } else if (first != null) {
      lines.add(
          plain.because(
              ImportStatus.REPEATED, "The same secret as " + ImportPreview.place(first, line)));
    } else {
      match(line, plain);
    }
  }

  /** The failed key with this name, regardless of case unless several names differ only in case. */
  private Optional<Target> named(String name) {
    var sameLowerCase = byName.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    return sameLowerCase.stream()
        .filter(target -> sameLowerCase.size() == 1 || target.name().equals(name))
        .filter(target -> matched.add(target.id()))
        .findFirst();
  }

  private void match(ParsedKey line, ImportLine plain) {
    @Nullable Target target =
        line.name().isEmpty() ? unnamed.poll() : named(line.name()).orElse(null);
    if (target == null) {
      String why =
          line.name().isEmpty()
              ? "No failed key is left for this line"
              : "No failed key has this name, or an earlier line replaces its secret";
      lines.add(plain.because(ImportStatus.BAD, why));
      return;
    }
    String note = SecretValidator.remark(pool.provider(), target.name(), line.clear()).orElse("");
    lines.add(plain.named(target.name()).because(ImportStatus.REPLACES, note));
    kept.add(new StoredSecret(line.line(), target.name(), line.clear(), null, target.id()));
  }
}
