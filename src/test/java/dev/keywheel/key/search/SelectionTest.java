package dev.keywheel.key.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class SelectionTest {
  private static final int MORE = KeyPageQuery.MAX_COUNTED + 1;

  @Test
  void a_complete_count_must_match_exactly() {
    assertThat(matching(60).isExpected(60)).isTrue();
    assertThat(matching(60).isExpected(59)).isFalse();
    assertThat(matching(60).isExpected(1_000_000)).isFalse();
    assertThat(matching(1_000_000).isExpected(999_999)).isFalse();
  }

  @Test
  void an_incomplete_count_matches_any_larger_count() {
    assertThat(matching(MORE).isExpected(500_000)).isTrue();
    assertThat(matching(MORE).isExpected(MORE)).isTrue();
    assertThat(matching(MORE).isExpected(MORE - 1)).isFalse();
  }

  private static Selection.Matching matching(int expected) {
    return new Selection.Matching(KeyFilter.ALL, expected, Instant.EPOCH);
  }
}
