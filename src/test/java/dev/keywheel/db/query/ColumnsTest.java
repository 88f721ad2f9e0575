package dev.keywheel.db.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class ColumnsTest {
  private static final Columns<String> TEXT = Columns.of(Columns.text("text", text -> text));

  @AutoClose private final TestDatabase test = TestDatabase.create();

  @Test
  void any_text_arrives_as_it_was_sent() {
    var texts =
        new ArrayList<>(List.of("", "NULL", "{}", "a,b", "\"quoted\" \\ back", "\n\t", "Zoë 🔑"));
    texts.add(null);
    var rows = TEXT.unnest(texts);
    var read =
        test.database().read(dsl -> dsl.fetch("select * from {0} as v(text)", rows).getValues(0));
    assertThat(read).isEqualTo(texts);
  }

  @Test
  void no_rows_are_an_empty_table() {
    var rows = TEXT.table(List.of());
    assertThat(test.database().<Integer>read(dsl -> dsl.fetch("select * from {0}", rows).size()))
        .isZero();
  }
}
