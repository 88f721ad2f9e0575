package dev.keywheel.web.keys.list;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.search.KeySort;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class KeysQueryTest {
  private static final String BATCH = new UUID(0, 1).toString();

  @Test
  void a_started_test_stays_in_the_links_to_other_orders_pages_and_filters() {
    var query = KeysQuery.ofPath("/keys?q=ada&status=failed&batch=" + BATCH);
    assertThat(
            List.of(
                query.sorted(KeySort.NAME),
                query.after("x", 50, false),
                query.before("x"),
                query.with(query.filter().with(null)).url()))
        .allSatisfy(url -> assertThat(url.toString()).contains("batch=" + BATCH));
    assertThat(query.view().toString()).isEqualTo("/keys?q=ada&status=failed");
  }

  @Test
  void the_test_in_the_address_of_the_page_replaces_the_earlier_one_in_its_form() {
    var sent = KeysQuery.ofPath("/keys?q=ada&batch=" + new UUID(0, 2));
    var page = "https://keys.example.org/keys?batch=" + BATCH;
    assertThat(sent.withStartedOf(page).started()).hasToString(BATCH);
    assertThat(sent.withStartedOf("https://keys.example.org/keys").started())
        .isEqualTo(sent.started());
  }
}
