package dev.keywheel.db.query;

import static java.util.stream.Collectors.joining;
import static org.jooq.impl.DSL.sql;

import dev.keywheel.db.Json;
import dev.keywheel.db.StoredEnum;
import java.lang.reflect.Array;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.QueryPart;
import org.jspecify.annotations.Nullable;

/**
 * Columns of a table and their values in a row. Rows are sent as one array for each column, which
 * costs PostgreSQL and this process far less than rows of JSON, and keeps the text of the statement
 * the same for any number of rows.
 */
public record Columns<T>(List<Column<T>> all) {

  /**
   * @param type PostgreSQL type of a value
   * @param values returns the values of this column in the given rows, as an array
   */
  public record Column<T>(String name, String type, Function<List<T>, @Nullable Object[]> values) {}

  @SafeVarargs
  public static <T> Columns<T> of(Column<T>... columns) {
    return new Columns<>(List.of(columns));
  }

  public static <T, V> Column<T> column(
      String name, Class<V> type, Function<T, @Nullable V> value) {
    return new Column<>(
        name,
        Sql.type(type),
        rows -> {
          var values = (@Nullable Object[]) Array.newInstance(type, rows.size());
          for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(rows.get(i));
          }
          return values;
        });
  }

  /** A text column. NUL characters are removed, because PostgreSQL does not accept them. */
  public static <T> Column<T> text(String name, Function<T, @Nullable String> value) {
    return column(
        name,
        String.class,
        row -> {
          String text = value.apply(row);
          return text == null ? null : text.replace("\0", "");
        });
  }

  public static <T> Column<T> code(String name, Function<T, @Nullable StoredEnum> value) {
    return column(
        name,
        String.class,
        row -> {
          StoredEnum constant = value.apply(row);
          return constant == null ? null : constant.code();
        });
  }

  /** JSON as text, which the statement must cast. Equal values are serialized once. */
  public static <T> Column<T> json(String name, Function<T, @Nullable Object> value) {
    return new Column<>(
        name,
        Sql.type(String.class),
        rows -> {
          Map<Object, String> texts = new HashMap<>();
          return rows.stream()
              .map(value)
              .map(
                  of ->
                      of == null ? null : texts.computeIfAbsent(of, one -> Json.jsonb(one).data()))
              .toArray(String[]::new);
        });
  }

  /** The same columns for rows of type {@code R}, each of which contains a {@code T}. */
  public <R> Columns<R> in(Function<R, T> part) {
    return new Columns<>(
        all.stream()
            .map(
                one ->
                    new Column<R>(
                        one.name,
                        one.type,
                        rows -> one.values.apply(rows.stream().map(part).toList())))
            .toList());
  }

  public Columns<T> and(Columns<T> more) {
    return new Columns<>(Stream.concat(all.stream(), more.all.stream()).toList());
  }

  /** The column names, separated by commas. */
  public String names() {
    return all.stream().map(Column::name).collect(joining(", "));
  }

  /** Assignments that copy the same columns of another table, separated by commas. */
  public String from(String table) {
    return all.stream()
        .map(column -> column.name + " = " + table + "." + column.name)
        .collect(joining(", "));
  }

  /** The rows as a table expression named {@code given}. */
  public QueryPart table(List<T> rows) {
    return sql("{0} as given(" + names() + ")", unnest(rows));
  }

  /** The rows as a table expression without a name. */
  public QueryPart unnest(List<T> rows) {
    String arrays =
        IntStream.range(0, all.size()).mapToObj(i -> "{" + i + "}").collect(joining(", "));
    return sql(
        "unnest(" + arrays + ")",
        all.stream()
            .map(column -> ArrayValue.of(column.values.apply(rows)))
            .toArray(QueryPart[]::new));
  }

  /** A table expression {@code given}, with one JDBC placeholder for each of {@link #arrays}. */
  public String table() {
    return all.stream()
        .map(column -> "?::" + column.type + "[]")
        .collect(joining(", ", "unnest(", ") as given(" + names() + ")"));
  }

  /** The values of the rows, one array for each column. */
  public Object[] arrays(List<T> rows) {
    return all.stream().map(column -> column.values.apply(rows)).toArray();
  }
}
