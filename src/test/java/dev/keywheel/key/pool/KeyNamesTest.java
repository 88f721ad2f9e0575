package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KeyNamesTest {
  private static final int KEYS = 300;

  @Test
  void names_are_looked_up_in_their_index_also_in_a_table_that_the_planner_takes_for_empty() {
    try (var t = new TestPool()) {
      t.add(KEYS);
      List<String> wanted = IntStream.rangeClosed(1, KEYS).mapToObj(i -> "KEY" + i).toList();
      t.test.takenForEmpty();
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
