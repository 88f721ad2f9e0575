package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.NamedTests;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Checks that docs/faults.md has a row for every fault and invariant, and that every named test
 * exists.
 */
class FaultTableTest {
  private static final int FAULTS = 25;
  private static final int INVARIANTS = 10;
  private static final Pattern ROW = Pattern.compile("(?m)^\\| ([FI]\\d+) \\|(.*)\\|$");

  private final String page = NamedTests.read(Path.of("docs/faults.md"));

  @Test
  void every_fault_and_every_invariant_has_one_row() {
    var wanted = new ArrayList<>(numbered("I", INVARIANTS));
    wanted.addAll(numbered("F", FAULTS));
    assertThat(rows().map(row -> row.group(1))).containsExactlyElementsOf(wanted);
  }

  @Test
  void every_fault_names_its_test_and_every_named_test_exists() {
    assertThat(rows().filter(row -> row.group(1).startsWith("F")))
        .allSatisfy(row -> assertThat(NamedTests.areIn(row.group(2))).as(row.group()).isTrue());
    assertThat(new NamedTests().missingFrom(page)).isEmpty();
  }

  private Stream<MatchResult> rows() {
    return ROW.matcher(page).results();
  }

  private static List<String> numbered(String letter, int last) {
    return IntStream.rangeClosed(1, last).mapToObj(i -> letter + i).toList();
  }
}
