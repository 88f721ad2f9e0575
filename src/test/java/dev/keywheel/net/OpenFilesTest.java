package dev.keywheel.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenFilesTest {
  @Test
  void connections_calls_and_checks_share_what_the_node_itself_does_not_need() {
    assertThat(new OpenFiles(1_024, 148).share()).isEqualTo(260);
    assertThat(new OpenFiles(256, 112).share()).isEqualTo(16);
    assertThat(new OpenFiles(256, 240).share()).isEqualTo(12);
    assertThat(new OpenFiles(Long.MAX_VALUE, 0).share()).isGreaterThan(1_000_000);
  }

  @Test
  void ten_thousand_keys_are_tested_at_once_where_twenty_thousand_files_may_be_open() {
    assertThat(new OpenFiles(20_000, 300).forChecks()).isGreaterThan(10_000);
    assertThat(new OpenFiles(1_024, 148).forChecks()).as("a third").isEqualTo(260);
  }

  @Test
  void a_limit_with_which_a_node_cannot_work_is_refused_with_the_number_that_it_needs() {
    assertThat(new OpenFiles(256, 20).refusal()).isEmpty();
    assertThat(new OpenFiles(255, 20).refusal())
        .hasValueSatisfying(r -> assertThat(r).contains("only 255 files", "needs at least 256"));
  }

  @Test
  void a_node_that_has_almost_no_file_left_says_so() {
    assertThat(new OpenFiles(256, 248).shortage()).isEmpty();
    assertThat(new OpenFiles(256, 249).shortage())
        .contains("249 of 256 are open; raise the limit (ulimit -n)");
  }
}
