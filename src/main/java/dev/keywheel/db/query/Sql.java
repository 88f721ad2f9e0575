package dev.keywheel.db.query;

import dev.keywheel.db.Tx;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.exception.DataAccessException;

/**
 * A statement or part of a statement, with the values of its placeholders, sent to the driver
 * unchanged. Used for statements that each gateway request runs: jOOQ took longer to build and
 * render them than PostgreSQL took to run them.
 *
 * @param text one constant, or several joined constants
 */
public record Sql(String text, List<Object> values) {
  /** The types of array elements in PostgreSQL. */
  private static final Map<Class<?>, String> TYPES =
      Map.of(
          UUID.class, "uuid",
          byte[].class, "bytea",
          String.class, "text",
          Integer.class, "int4",
          Long.class, "int8",
          Boolean.class, "bool",
          BigDecimal.class, "numeric",
          Instant.class, "timestamptz");

  public interface Row<T> {
    T of(ResultSet row) throws SQLException;
  }

  private interface StatementAction<T> {
    T run(PreparedStatement statement) throws SQLException;
  }

  public static Sql of(String text, Object... values) {
    return new Sql(text, List.of(values));
  }

  /** Joins the parts into one statement. */
  public static Sql of(Sql... parts) {
    var text = new StringBuilder();
    var values = new ArrayList<Object>();
    for (Sql part : parts) {
      text.append(part.text);
      values.addAll(part.values);
    }
    return new Sql(text.toString(), values);
  }

  static String type(Class<?> element) {
    String type = TYPES.get(element);
    if (type == null) {
      throw new IllegalArgumentException("No arrays of " + element);
    }
    return type;
  }

  /** Returns the number of affected rows. */
  public int execute(Tx tx) {
    return run(tx, PreparedStatement::executeUpdate);
  }

  public <T> List<T> fetch(Tx tx, Row<T> row) {
    return run(tx, statement -> all(statement.executeQuery(), row));
  }

  /**
   * Like {@link #fetch(Tx, Row)}, and commits the transaction in the same round trip. The caller
   * changes nothing more in this transaction.
   */
  public <T> List<T> fetchAndCommit(Tx tx, Row<T> row) {
    return of(this, of("; commit"))
        .run(
            tx,
            statement -> {
              statement.execute();
              return all(statement.getResultSet(), row);
            });
  }

  private static <T> List<T> all(ResultSet rows, Row<T> row) throws SQLException {
    try (rows) {
      var all = new ArrayList<T>();
      while (rows.next()) {
        all.add(row.of(rows));
      }
      return all;
    }
  }

  /**
   * @param columns the columns of the result, in order
   */
  public Result<Record> fetch(Tx tx, List<? extends Field<?>> columns) {
    return run(tx, statement -> records(tx, statement.executeQuery(), columns));
  }

  public record Results(Result<Record> first, Result<Record> second) {}

  /** Runs two statements in one round trip. */
  public static Results fetchBoth(
      Tx tx,
      Sql first,
      List<? extends Field<?>> columnsOfFirst,
      Sql second,
      List<? extends Field<?>> columnsOfSecond) {
    return of(first, of("; "), second)
        .run(
            tx,
            statement -> {
              statement.execute();
              var one = records(tx, statement.getResultSet(), columnsOfFirst);
              statement.getMoreResults();
              return new Results(one, records(tx, statement.getResultSet(), columnsOfSecond));
            });
  }

  private static Result<Record> records(Tx tx, ResultSet rows, List<? extends Field<?>> columns)
      throws SQLException {
    try (rows) {
      return tx.dsl().fetch(rows, columns.toArray(Field<?>[]::new));
    }
  }

  private <T> T run(Tx tx, StatementAction<T> action) {
    return tx.dsl()
        .connectionResult(
            connection -> {
              try (var statement = connection.prepareStatement(text)) {
                for (int i = 0; i < values.size(); i++) {
                  set(connection, statement, i + 1, values.get(i));
                }
                return action.run(statement);
              } catch (SQLException e) { // jOOQ's exception would omit the reason
                throw new DataAccessException("SQL [" + text + "]; " + e.getMessage(), e);
              }
            });
  }

  private static void set(
      Connection connection, PreparedStatement statement, int index, Object value)
      throws SQLException {
    switch (value) {
      case Instant at -> statement.setObject(index, at.atOffset(ZoneOffset.UTC));
      case Object[] array -> statement.setArray(index, ArrayValue.of(connection, array));
      default -> statement.setObject(index, value);
    }
  }
}
