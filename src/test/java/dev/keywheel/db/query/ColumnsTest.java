package dev.keywheel.db.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.val;

import dev.keywheel.support.TestDatabase;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
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
  void an_empty_list_of_rows_is_an_empty_table() {
    var rows = TEXT.table(List.of());
    assertThat(test.database().<Integer>read(dsl -> dsl.fetch("select * from {0}", rows).size()))
        .isZero();
  }

  @Test
  void an_instant_in_an_array_arrives_unchanged() {
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

  /** Some connection poolers need this mode, in which there are no binary parameters. */
  @Test
  void arrays_arrive_in_simple_query_mode_too() throws SQLException {
    var arrays =
        List.of(
            new String[] {"a,b", "\"quoted\" \\ back", null},
            new UUID[] {new UUID(1, 2), null},
            new Integer[] {-1, null},
            new Long[] {Long.MAX_VALUE},
            new Boolean[] {true, false},
            new BigDecimal[] {new BigDecimal("0.10")},
            new Instant[] {Instant.parse("2026-11-29T12:01:19.123456Z"), null},
            new byte[][] {{0, -1, 92, 34}, null});
    var simple = test.owner().jdbcUrl() + "&preferQueryMode=simple";
    try (var extended = DriverManager.getConnection(test.owner().jdbcUrl());
        var connection = DriverManager.getConnection(simple)) {
      for (Object[] array : arrays) {
        assertThat(text(connection, array)).isEqualTo(text(extended, array));
      }
    }
  }

  private static String text(Connection connection, Object[] array) throws SQLException {
    var type = Sql.type(array.getClass().componentType());
    try (var statement = connection.prepareStatement("select (?::" + type + "[])::text")) {
      statement.setArray(1, ArrayValue.of(connection, array));
      try (var rows = statement.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }
  }
}
