package dev.keywheel.web.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HtmxTest {
  private record Shown(Severity tone, List<String> words, Instant at) {}

  /**
   * The expected value was computed in another process: {@code hashCode} of an enum differs with
   * each start.
   */
  @Test
  void a_page_has_the_same_version_on_every_node() {
    assertThat(Htmx.version(new Shown(Severity.WARN, List.of("a", "b"), Instant.EPOCH)))
        .isEqualTo("ddb221e4-9844-3138-a47f-70e91fd7764c");
  }

  @Test
  void equal_maps_in_another_order_have_the_same_version() {
    Map<Severity, Integer> counts = new LinkedHashMap<>();
    counts.put(Severity.WARN, 1);
    counts.put(Severity.BAD, 2);
    Map<Severity, Integer> same = new LinkedHashMap<>();
    same.put(Severity.BAD, 2);
    same.put(Severity.WARN, 1);
    assertThat(Htmx.version(List.of(counts))).isEqualTo(Htmx.version(List.of(same)));
  }

  @Test
  void a_page_with_other_data_has_another_version() {
    assertThat(Htmx.version(new Shown(Severity.WARN, List.of("a", "b"), Instant.EPOCH)))
        .isNotEqualTo(Htmx.version(new Shown(Severity.BAD, List.of("a", "b"), Instant.EPOCH)));
  }
}
