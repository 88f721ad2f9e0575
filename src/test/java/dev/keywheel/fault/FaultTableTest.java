package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Keeps docs/faults.md true: every fault and invariant has its row, every named test exists. */
class FaultTableTest {
  private static final int FAULTS = 24;
  private static final int INVARIANTS = 10;
  private static final Pattern ROW = Pattern.compile("(?m)^\\| ([FI]\\d+) \\|(.*)\\|$");
  private static final Pattern TEST = Pattern.compile("\\b([A-Z]\\w+)\\.([a-z]\\w*_\\w+)");

  private final String page = read(Path.of("docs/faults.md"));
  private final Map<String, String> tests = tests();

  @Test
  void every_fault_and_every_invariant_has_one_row() {
    var wanted = new ArrayList<>(numbered("I", INVARIANTS));
    wanted.addAll(numbered("F", FAULTS));
    assertThat(rows().map(row -> row.group(1))).containsExactlyElementsOf(wanted);
  }

  @Test
  void every_fault_names_its_test_and_every_named_test_exists() {
    assertThat(rows().filter(row -> row.group(1).startsWith("F")))
        .allSatisfy(row -> assertThat(TEST.matcher(row.group(2)).find()).as(row.group()).isTrue());
    assertThat(TEST.matcher(page).results())
        .allSatisfy(
            named ->
                assertThat(tests.getOrDefault(named.group(1), ""))
                    .as(named.group())
                    .contains("void " + named.group(2) + "("));
  }

  private java.util.stream.Stream<MatchResult> rows() {
    return ROW.matcher(page).results();
  }

  private static List<String> numbered(String letter, int last) {
    return IntStream.rangeClosed(1, last).mapToObj(i -> letter + i).toList();
  }

  /** The text of each test class, by its name. */
  private static Map<String, String> tests() {
    try (var files = Files.walk(Path.of("src/test/java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.endsWith("package-info.java"))
          .collect(
              Collectors.toMap(
                  file -> file.getFileName().toString().replace(".java", ""),
                  FaultTableTest::read,
                  (one, other) -> one + other));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
