package dev.keywheel.web.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The positions of keys on the wheel. */
class WheelTest {
  @Test
  void the_next_key_is_at_the_pointer_and_the_others_follow_clockwise() {
    var wheel = Wheel.ofKeys(List.of(limited("a"), key("b"), key("c"), failed("d")), 7);
    assertThat(names(wheel)).containsExactly("b", "c", "d", "a");
    assertThat(wheel.marks()).extracting(Wheel.Mark::degrees).containsExactly(0, 90, 180, 270);
    var top = wheel.marks().getFirst();
    assertThat(top.x()).isEqualTo("120.0");
    assertThat(Double.parseDouble(top.y())).isLessThan(40);
    assertThat(Double.parseDouble(wheel.marks().get(1).x())).isGreaterThan(200);
    assertThat(wheel.next()).isEqualTo(key("b"));
  }

  @Test
  void the_keys_of_the_next_run_are_numbered_and_unusable_keys_are_skipped() {
    var wheel =
        Wheel.ofKeys(List.of(key("a"), limited("b"), key("c"), failed("d"), key("e"), off("f")), 2);
    assertThat(wheel.marks()).extracting(Wheel.Mark::seat).containsExactly(1, 0, 2, 0, 0, 0);
    assertThat(wheel.active()).isEqualTo(3);
    assertThat(wheel.all()).isEqualTo(6);
    assertThat(wheel.reach()).startsWith("M");
  }

  @Test
  void each_status_has_its_own_shape() {
    var wheel = Wheel.ofKeys(List.of(key("a"), limited("b"), failed("c")), 7);
    assertThat(wheel.marks().get(0).outline()).isEmpty();
    assertThat(wheel.marks().get(1).outline().chars().filter(c -> c == 'L').count()).isEqualTo(2);
    assertThat(wheel.marks().get(2).outline().chars().filter(c -> c == 'L').count()).isEqualTo(3);
  }

  @Test
  void marks_do_not_touch_however_many_there_are() {
    for (int n = 2; n <= Wheel.MAX_MARKS; n++) {
      var marks =
          Wheel.ofKeys(IntStream.range(0, n).mapToObj(i -> key("k" + i)).toList(), 7).marks();
      var a = marks.get(0);
      var b = marks.get(1);
      double apart =
          Math.hypot(
              Double.parseDouble(a.x()) - Double.parseDouble(b.x()),
              Double.parseDouble(a.y()) - Double.parseDouble(b.y()));
      assertThat(apart).as("%d keys", n).isGreaterThan(2 * Double.parseDouble(a.radius()));
    }
  }

  @Test
  void without_a_usable_key_there_is_no_next_key() {
    var wheel = Wheel.ofKeys(List.of(limited("a"), failed("b")), 7);
    assertThat(wheel.next()).isNull();
    assertThat(wheel.reach()).isEmpty();
    assertThat(Wheel.ofKeys(List.of(), 7).marks()).isEmpty();
  }

  @Test
  void a_pool_too_large_for_marks_is_shown_as_arcs() {
    var wheel =
        Wheel.ofParts(
            List.of(
                new Wheel.Part(Severity.OK, "Active", 900),
                new Wheel.Part(Severity.WARN, "Rate limited", 100),
                new Wheel.Part(Severity.BAD, "Failed", 0)));
    assertThat(wheel.marks()).isEmpty();
    assertThat(wheel.arcs()).extracting(Wheel.Arc::label).containsExactly("Active", "Rate limited");
    assertThat(wheel.arcs().getFirst().path()).contains(" 0 1 1 ");
    assertThat(wheel.active()).isEqualTo(900);
    assertThat(wheel.all()).isEqualTo(1_000);
  }

  @Test
  void a_long_number_has_a_smaller_font() {
    assertThat(wheelOf(9_999).countCss()).isEmpty();
    assertThat(wheelOf(10_000).countCss()).isEqualTo("is-long");
    assertThat(wheelOf(1_000_000).countCss()).isEqualTo("is-longest");
  }

  private static Wheel wheelOf(int active) {
    return Wheel.ofParts(List.of(new Wheel.Part(Severity.OK, "Active", active)));
  }

  @Test
  void the_smallest_part_is_visible_and_the_parts_form_a_whole_turn() {
    for (int all : List.of(61, 100, 10_000)) {
      var arcs =
          Wheel.ofParts(
                  List.of(
                      new Wheel.Part(Severity.OK, "Active", all - 3),
                      new Wheel.Part(Severity.WARN, "Rate limited", 1),
                      new Wheel.Part(Severity.BAD, "Failed", 1),
                      new Wheel.Part(Severity.OFF, "Disabled", 1)))
              .arcs();
      assertThat(arcs.getFirst().from()).isZero();
      assertThat(arcs.getLast().to()).isEqualTo(360);
      for (int i = 1; i < arcs.size(); i++) {
        assertThat(arcs.get(i).from()).isEqualTo(arcs.get(i - 1).to());
        assertThat(arcs.get(i).to() - arcs.get(i).from()).isGreaterThanOrEqualTo(6);
      }
    }
  }

  private static List<String> names(Wheel wheel) {
    return wheel.marks().stream().map(mark -> mark.key().name()).toList();
  }

  private static Wheel.Key key(String name) {
    return new Wheel.Key(name, name, "/keys/" + name, Severity.OK, "Active", true);
  }

  private static Wheel.Key limited(String name) {
    return new Wheel.Key(name, name, "/keys/" + name, Severity.WARN, "Rate limited", false);
  }

  private static Wheel.Key failed(String name) {
    return new Wheel.Key(name, name, "/keys/" + name, Severity.BAD, "Failed", false);
  }

  private static Wheel.Key off(String name) {
    return new Wheel.Key(name, name, "/keys/" + name, Severity.OFF, "Disabled", false);
  }
}
