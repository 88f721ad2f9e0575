package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.NamedTests;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that docs/asvs.md has a row for every requirement and tests for every row. */
class AsvsTableTest {
  private static final String REQUIREMENTS =
      """
      1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.10 1.3.1 1.3.3 1.3.5 1.3.6 1.3.7 1.3.12 1.4.2
      1.5.2
      2.2.1 2.2.2 2.3.1 2.3.2 2.3.3 2.3.4 2.4.1
      3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6 3.4.7
      3.4.8 3.5.1 3.5.2 3.5.3 3.5.4 3.5.8 3.6.1 3.7.2
      4.1.1 4.1.3 4.1.4 4.2.1
      5.1.1 5.2.1 5.2.2 5.2.4 5.3.2 5.4.1 5.4.2
      6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.11 6.2.12 6.3.1
      6.3.2 6.3.3 6.3.8 6.4.1 6.4.3 6.4.6 6.5.1 6.5.5
      7.1.1 7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.4 7.4.5 7.5.1
      7.5.2 7.5.3
      8.1.1 8.2.1 8.2.2 8.2.3 8.3.1 8.3.2
      11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.1 11.3.2 11.3.3 11.3.4 11.4.2 11.5.1
      12.1.1 12.2.1 12.3.2
      13.1.4 13.2.2 13.2.3 13.2.4 13.2.5 13.3.1 13.3.2 13.4.1 13.4.2 13.4.3 13.4.4
      13.4.5 13.4.6
      14.2.1 14.2.6 14.2.7 14.3.1 14.3.2 14.3.3
      15.1.1 15.1.2 15.1.3 15.2.1 15.2.2 15.3.1 15.3.2 15.3.3 15.3.4 15.3.7 15.4.1
      15.4.2 15.4.3
      16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1
      16.4.2 16.5.1 16.5.2 16.5.3 16.5.4
      """;

  private static final String NOT_HELD = "**not held**";
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([\\d., ]+) \\| [123, ]+ \\|(.*)\\|$");

  private static final Pattern GATEWAY_ROW = Pattern.compile("(?m)^\\| of [\\d., ]+ \\|.*$");

  private final String page = NamedTests.read(Path.of("docs/asvs.md"));

  @Test
  void every_requirement_that_applies_has_one_row() {
    assertThat(rows().flatMap(row -> Stream.of(row.group(1).split(", "))))
        .containsExactlyInAnyOrder(REQUIREMENTS.strip().split("\\s+"));
  }

  @Test
  void every_row_names_its_tests_and_every_named_test_exists() {
    assertThat(rows().map(MatchResult::group))
        .allMatch(row -> NamedTests.areIn(row) || row.contains(NOT_HELD));
    assertThat(new NamedTests().missingFrom(page)).isEmpty();
  }

  @Test
  void every_row_of_the_gateway_names_its_tests() {
    assertThat(GATEWAY_ROW.matcher(page).results().map(MatchResult::group))
        .hasSizeGreaterThan(10)
        .allMatch(NamedTests::areIn);
  }

  @Test
  void a_test_that_does_not_exist_is_found() {
    assertThat(new NamedTests().missingFrom("`AsvsTableTest.no_such_test`, `NoClass.no_test`"))
        .isEqualTo(List.of("AsvsTableTest.no_such_test", "NoClass.no_test"));
  }

  private Stream<MatchResult> rows() {
    return ROW.matcher(page).results();
  }
}
