package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class KeyNamesTest {
  private static final int KEYS = 300;

  @Test
  void a_long_name_is_not_cut_within_an_emoji() {
    String inStem = "a".repeat(89) + "😀" + "b".repeat(5);
    String atEnd = "c".repeat(95) + "😀" + "d";
    try (var t = new TestPool()) {
      t.add(inStem, inStem + " (2)", atEnd);
      var choices =
          t.database.read(
              dsl -> {
                var names = KeyNames.in(dsl, t.workspace, List.of(inStem, atEnd));
                return List.of(names.choose(inStem, "").name(), names.choose(atEnd, "").name());
              });
      assertThat(choices).containsExactly(inStem + " (3)", "c".repeat(95) + " (2)");
    }
  }

  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void long_names_that_differ_only_in_their_end_are_numbered_quickly() {
    List<String> wanted =
        IntStream.range(0, 10_000).mapToObj(i -> "a".repeat(94) + "%06d".formatted(i)).toList();
    try (var t = new TestPool()) {
      var names = t.database.read(dsl -> KeyNames.in(dsl, t.workspace, List.of()));
      wanted.forEach(name -> names.choose(name, ""));
      assertThat(wanted)
          .extracting(name -> names.choose(name, "").name())
          .doesNotHaveDuplicates()
          .endsWith("a".repeat(92) + " (10001)");
    }
  }

  @Test
  void names_are_looked_up_in_their_index_while_the_planner_assumes_an_empty_table() {
    try (var t = new TestPool()) {
      t.add(KEYS);
      List<String> wanted = IntStream.rangeClosed(1, KEYS).mapToObj(i -> "KEY" + i).toList();
      t.test.setEmptyTableStatistics();
      long read =
          RowsRead.by(
              t.database,
              dsl -> {
                var names = KeyNames.in(dsl, t.workspace, wanted);
                assertThat(Stream.of("KEY1", "key300", "key301"))
                    .extracting(name -> names.choose(name, "").name())
                    .containsExactly("KEY1 (2)", "key300 (2)", "key301");
              },
              "api_keys");
      assertThat(read).as("rows of each name, and of its numbered ones").isLessThan(20 * KEYS);
    }
  }
}
