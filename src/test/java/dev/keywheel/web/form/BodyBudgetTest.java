package dev.keywheel.web.form;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.web.form.BodyBudget.Reservation;
import org.junit.jupiter.api.Test;

class BodyBudgetTest {
  private final BodyBudget budget = new BodyBudget(100_000, 50_000);

  @Test
  void one_client_is_limited_to_its_share_and_all_clients_together_to_the_total() {
    Reservation first = budget.reserve("a", 50_000).orElseThrow();
    assertThat(budget.reserve("a", 1)).isEmpty();
    Reservation second = budget.reserve("b", 40_000).orElseThrow();
    assertThat(budget.reserve("c", 20_000)).isEmpty();

    first.close();

    assertThat(budget.reserve("a", 50_000)).isPresent();
    assertThat(budget.reserve("b", 20_000)).isEmpty();
    second.close();
    assertThat(budget.reserve("b", 50_000)).isPresent();
  }

  @Test
  void a_small_body_counts_with_the_minimum_size() {
    for (int i = 0; i < 3; i++) {
      assertThat(budget.reserve("a", 1)).isPresent();
    }
    assertThat(budget.reserve("a", 1)).isEmpty();
  }
}
