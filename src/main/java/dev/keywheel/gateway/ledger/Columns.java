package dev.keywheel.gateway.ledger;

import static java.util.stream.Collectors.joining;
import static org.jooq.impl.DSL.sql;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.provider.Usage;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.QueryPart;
import org.jspecify.annotations.Nullable;

/**
 * Columns of a table and their values in a row. Rows are sent as one array for each column, which
 * costs PostgreSQL and this process far less than rows of JSON.
 */
record Columns<T>(List<Column<T>> all) {

  /**
   * @param type of the value
   */
  record Column<T>(String name, Class<?> type, Function<T, ?> value) {}

  @SafeVarargs
  static <T> Columns<T> of(Column<T>... columns) {
    return new Columns<>(List.of(columns));
  }

  static <T, V> Column<T> column(String name, Class<V> type, Function<T, @Nullable V> value) {
    return new Column<>(name, type, value);
  }

  /** PostgreSQL's texts have no NUL characters. */
  static <T> Column<T> text(String name, Function<T, @Nullable String> value) {
    return new Column<>(
        name,
        String.class,
        row -> {
          String text = value.apply(row);
          return text == null ? null : text.replace("\0", "");
        });
  }

  static <T> Column<T> code(String name, Function<T, StoredEnum> value) {
    return new Column<>(name, String.class, row -> value.apply(row).code());
  }

  static <T> Columns<T> usage(Function<T, Usage> of) {
    return Columns.<Usage>of(
            column("prompt_tokens", Integer.class, Usage::promptTokens),
            column("completion_tokens", Integer.class, Usage::completionTokens),
            column("reasoning_tokens", Integer.class, Usage::reasoningTokens),
            column("cost", BigDecimal.class, Usage::cost),
            column("cost_known", Boolean.class, Usage::costKnown))
        .in(of);
  }

  /** The same columns of rows that hold such rows. */
  <R> Columns<R> in(Function<R, T> part) {
    return new Columns<>(
        all.stream()
            .map(one -> new Column<R>(one.name, one.type, one.value.compose(part)))
            .toList());
  }

  Columns<T> and(Columns<T> more) {
    return new Columns<>(Stream.concat(all.stream(), more.all.stream()).toList());
  }

  /** Their names, with commas. */
  String names() {
    return all.stream().map(Column::name).collect(joining(", "));
  }

  /** Assignments, with commas, of the columns of another table. */
  String from(String table) {
    return all.stream()
        .map(column -> column.name + " = " + table + "." + column.name)
        .collect(joining(", "));
  }

  /** The rows as a table {@code given} of a statement. */
  QueryPart table(List<T> rows) {
    String arrays =
        IntStream.range(0, all.size()).mapToObj(i -> "{" + i + "}").collect(joining(", "));
    return sql(
        "unnest(" + arrays + ") as given(" + names() + ")",
        all.stream().map(column -> val(array(column, rows))).toArray(QueryPart[]::new));
  }

  private static <T> Object array(Column<T> column, List<T> rows) {
    var values = (@Nullable Object[]) Array.newInstance(column.type, rows.size());
    for (int i = 0; i < values.length; i++) {
      values[i] = column.value.apply(rows.get(i));
    }
    return values;
  }
}
