package dev.keywheel.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class OpenFilesTest {
  @Test
  void connections_calls_and_checks_share_what_the_node_itself_does_not_need() {
    assertThat(new OpenFiles(1_024, 148).forConnections()).isEqualTo(260);
    assertThat(new OpenFiles(1_024, 148).forChecks()).isEqualTo(260);
    assertThat(new OpenFiles(256, 112).forConnections()).isEqualTo(16);
    assertThat(new OpenFiles(256, 240).forConnections()).isEqualTo(12);
    assertThat(new OpenFiles(65_536, 200).forConnections()).isGreaterThan(20_000);
    assertThat(new OpenFiles(Long.MAX_VALUE, 0).forConnections()).isGreaterThan(1_000_000);
  }

  @Test
  void connections_calls_and_checks_never_add_up_to_more_than_the_limit() {
    for (int limit = 400; limit < 100_000; limit += 100) {
      var files = new OpenFiles(limit, 200);
      assertThat(files.open() + 2 * files.forConnections() + files.forChecks())
          .as("with a limit of %d", limit)
          .isBetween(limit - 100L, (long) limit);
    }
  }

  @Test
  void ten_thousand_keys_are_tested_at_once_where_fifteen_thousand_files_may_be_open() {
    assertThat(new OpenFiles(15_000, 300).forChecks()).isEqualTo(10_000);
    assertThat(new OpenFiles(15_000, 300).forConnections()).isGreaterThan(2_048);
    assertThat(new OpenFiles(65_536, 300).forChecks()).isGreaterThan(10_000);
  }

  @Test
  void a_process_that_has_no_file_left_to_count_its_files_has_no_free_files() {
    var system =
        (UnixOperatingSystemMXBean)
            Proxy.newProxyInstance(
                UnixOperatingSystemMXBean.class.getClassLoader(),
                new Class<?>[] {UnixOperatingSystemMXBean.class},
                (_, method, _) -> {
                  if (method.getName().equals("getMaxFileDescriptorCount")) {
                    return 1_024L;
                  }
                  throw new InternalError("Too many open files");
                });
    assertThat(OpenFiles.of(system).shortage())
        .contains("1024 of 1024 are open; raise the limit (ulimit -n)");
  }

  @Test
  void a_limit_with_which_a_node_cannot_work_is_refused_with_the_number_that_it_needs() {
    assertThat(new OpenFiles(256, 20).refusal()).isEmpty();
    assertThat(new OpenFiles(255, 20).refusal())
        .hasValueSatisfying(r -> assertThat(r).contains("only 255 files", "needs at least 256"));
  }

  @Test
  void a_node_with_almost_no_free_files_reports_a_shortage() {
    assertThat(new OpenFiles(256, 248).shortage()).isEmpty();
    assertThat(new OpenFiles(256, 249).shortage())
        .contains("249 of 256 are open; raise the limit (ulimit -n)");
  }
}
