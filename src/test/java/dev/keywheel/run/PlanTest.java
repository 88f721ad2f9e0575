package dev.keywheel.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
    assertEquals("AAAAAAAA", keysOf(of(1)));
    assertEquals("ABABABAB", keysOf(of(2)));
    assertEquals("ABCDEABC", keysOf(of(5)));
    assertEquals("ABCDEFAB", keysOf(of(6)));
    assertEquals("ABCDEFGA", keysOf(of(7)));
    assertEquals("ABCDEFGH", keysOf(of(8)));
  }

  @Test
  void a_plan_survives_its_json() {
    var plan = of(3);
    assertEquals(plan, Json.read(Json.jsonb(plan), Plan.class));
  }

  @Test
  void a_plan_has_a_seat_and_operations_count_from_one() {
    assertThrows(IllegalArgumentException.class, () -> new Plan(List.of()));
    assertThrows(IllegalArgumentException.class, () -> of(3).seatOf(0));
  }
}
