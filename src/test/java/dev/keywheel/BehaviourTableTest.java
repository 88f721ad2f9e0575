package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.NamedTests;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Checks that docs/behaviours.md has a row for every behaviour and tests for every row. */
class BehaviourTableTest {
  private static final int BEHAVIOURS = 50;
  private static final String NOT_HELD = "**not held**";
  private static final Pattern ROW = Pattern.compile("(?m)^\\| (\\d+) \\|(.*)\\|$");

  private final String page = NamedTests.read(Path.of("docs/behaviours.md"));

  @Test
  void every_behaviour_has_one_row() {
    assertThat(rows().stream().map(row -> Integer.valueOf(row.group(1))))
        .containsExactlyElementsOf(IntStream.rangeClosed(1, BEHAVIOURS).boxed().toList());
  }

  @Test
  void every_behaviour_names_its_tests_and_every_named_test_exists() {
    assertThat(rows())
        .allSatisfy(
            row ->
                assertThat(NamedTests.areIn(row.group()) || row.group().contains(NOT_HELD))
                    .as(row.group())
                    .isTrue());
    assertThat(new NamedTests().missingFrom(page)).isEmpty();
  }

  private List<MatchResult> rows() {
    return ROW.matcher(page).results().toList();
  }
}
