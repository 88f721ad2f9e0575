package dev.keywheel.db.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.val;

import dev.keywheel.support.TestDatabase;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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

  @Test
  void an_instant_arrives_as_a_single_one_does() {
    var times =
        Stream.of(
                "2026-11-29T12:01:19.123456500Z",
                "2026-11-29T12:01:19.123456499Z",
                "2026-11-29T12:01:19.999999999Z",
                "1999-12-31T23:59:59.999999Z",
                "1969-12-31T23:59:59.000001Z",
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999Z")
            .map(Instant::parse)
            .toList();
    var rows = Columns.of(Columns.column("at", Instant.class, (Instant at) -> at)).unnest(times);

    var read =
        test.database()
            .read(dsl -> dsl.fetch("select * from {0} as v(at)", rows).getValues(0, Instant.class));

    assertThat(read)
        .isEqualTo(
            test.database()
                .read(
                    dsl ->
                        times.stream()
                            .map(at -> dsl.select(val(at)).fetchSingle().value1())
                            .toList()));
  }

  @Test
  void bytes_arrive_as_they_were_sent() {
    var bytes = Stream.of(new byte[0], new byte[] {0, -1, 92, 34}, null).toList();
    var rows = Columns.of(Columns.column("b", byte[].class, (byte[] b) -> b)).unnest(bytes);

    var read =
        test.database().read(dsl -> dsl.fetch("select * from {0} as v(b)", rows).getValues(0));

    assertThat(read).usingRecursiveComparison().isEqualTo(bytes);
  }
}
