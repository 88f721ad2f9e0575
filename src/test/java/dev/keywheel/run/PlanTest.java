package dev.keywheel.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Json;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlanTest {

  private static Plan of(int seats) {
    return new Plan(
        IntStream.range(0, seats)
            .mapToObj(i -> new Seat(new UUID(7, i), Character.toString('A' + i), 100 + i))
            .toList());
  }

  private static String keysOf(Plan plan) {
    var keys = new StringBuilder();
    IntStream.rangeClosed(1, 8).forEach(i -> keys.append(plan.seatOf(i).keyName()));
    return keys.toString();
  }

  @Test
  void operations_take_the_seats_in_order_and_cycle_back() {
    assertThat(keysOf(of(1))).isEqualTo("AAAAAAAA");
    assertThat(keysOf(of(2))).isEqualTo("ABABABAB");
    assertThat(keysOf(of(5))).isEqualTo("ABCDEABC");
    assertThat(keysOf(of(6))).isEqualTo("ABCDEFAB");
    assertThat(keysOf(of(7))).isEqualTo("ABCDEFGA");
    assertThat(keysOf(of(8))).isEqualTo("ABCDEFGH");
  }

  @Test
  void a_plan_is_read_back_from_json_unchanged() {
    var plan = of(3);
    assertThat(Json.read(Json.jsonb(plan), Plan.class)).isEqualTo(plan);
  }

  @Test
  void a_plan_without_seats_and_an_operation_zero_are_refused() {
    assertThatThrownBy(() -> new Plan(List.of())).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> of(3).seatOf(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
