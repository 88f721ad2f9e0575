package dev.keywheel.db;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jooq.Query;
import org.jooq.QueryPart;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.ResultQuery;
import org.jooq.Results;
import org.jooq.Select;
import org.jspecify.annotations.Nullable;

/**
 * Statements of one transaction that are sent in one round trip. They run in their order, each with
 * a snapshot of its own.
 */
public final class RoundTrip {
  private final Tx tx;
  private final List<Query> statements = new ArrayList<>();
  private final List<Answer<?>> answers = new ArrayList<>();

  public RoundTrip(Tx tx) {
    this.tx = tx;
  }

  /** Adds a statement without rows. */
  public void add(Query statement) {
    statements.add(statement);
  }

  /**
   * Adds a statement with rows.
   *
   * @return what {@code read} makes of them, after {@link #run}
   */
  public <T> Supplier<T> add(ResultQuery<?> statement, Function<Result<Record>, T> read) {
    var answer = new Answer<T>(statement, read);
    statements.add(statement);
    answers.add(answer);
    return answer;
  }

  /** Sends the statements and waits for all of them. */
  public void run() {
    String all =
        IntStream.range(0, statements.size()).mapToObj(i -> "{" + i + "}").collect(joining("; "));
    Results results = tx.dsl().fetchMany(all, statements.toArray(QueryPart[]::new));
    for (int i = 0; i < answers.size(); i++) {
      answers.get(i).take(results.get(i));
    }
  }

  private static final class Answer<T> implements Supplier<T> {
    private final ResultQuery<?> statement;
    private final Function<Result<Record>, T> read;
    private @Nullable T value;

    Answer(ResultQuery<?> statement, Function<Result<Record>, T> read) {
      this.statement = statement;
      this.read = read;
    }

    /** The rows have the types of the statement's columns, as far as it has any. */
    void take(Result<Record> rows) {
      value = read.apply(statement instanceof Select<?> select ? rows.into(select.fields()) : rows);
    }

    @Override
    public T get() {
      if (value == null) {
        throw new IllegalStateException("the statements have not been sent");
      }
      return value;
    }
  }
}
