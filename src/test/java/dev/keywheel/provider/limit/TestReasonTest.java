package dev.keywheel.provider.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TestReasonTest {
  /** The column stores the reasons of both enums. */
  @Test
  void every_code_is_read_back_as_the_reason_that_was_stored() {
    assertThat(all())
        .allSatisfy(reason -> assertThat(TestReason.find(reason.code())).contains(reason));
    assertThat(all().map(TestReason::code)).doesNotHaveDuplicates();
  }

  @Test
  void an_unknown_code_has_no_reason() {
    assertThat(TestReason.find("day_runs_until:2026-11-25T00:00:00Z")).isEmpty();
  }

  private static Stream<TestReason> all() {
    return Stream.concat(Stream.of(KeyReason.values()), Stream.of(InconclusiveReason.values()));
  }
}
