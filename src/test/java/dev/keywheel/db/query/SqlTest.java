package dev.keywheel.db.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.TransientErrors;
import dev.keywheel.support.TestDatabase;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class SqlTest {
  private static final Instant AT = Instant.parse("2026-03-10T14:25:36.500250Z");

  /** One column of each supported type. */
  private record Line(
      UUID id,
      String text,
      Integer number,
      Long large,
      Boolean flag,
      BigDecimal cost,
      @Nullable Instant at) {}

  private static final Columns<Line> LINE =
      Columns.of(
          Columns.column("id", UUID.class, Line::id),
          Columns.text("line", Line::text),
          Columns.column("number", Integer.class, Line::number),
          Columns.column("large", Long.class, Line::large),
          Columns.column("flag", Boolean.class, Line::flag),
          Columns.column("cost", BigDecimal.class, Line::cost),
          Columns.column("at", Instant.class, Line::at));

  @AutoClose private final TestDatabase test = TestDatabase.create();

  @Test
  void rows_with_any_text_come_back_as_they_were_sent() {
    var lines =
        List.of(
            new Line(
                UUID.randomUUID(),
                "{\"a\",NULL} \\ ' $1 ? :x",
                -1,
                Long.MAX_VALUE,
                true,
                new BigDecimal("0.00005000"),
                AT),
            new Line(UUID.randomUUID(), "null", 0, 0L, false, BigDecimal.ZERO, null));

    var sql =
        Sql.of(Sql.of("select * from "), Sql.of(LINE.table(), LINE.arrays(lines)), Sql.of(""));

    assertThat(fetch(sql)).isEqualTo(lines);
  }

  @Test
  void values_follow_the_order_of_the_parts() {
    var sql =
        Sql.of(
            Sql.of("select x from unnest(?) g(x) where x > ?", new Integer[] {1, 2, 3, 4}, 1),
            Sql.of(" and x < ?", 4));

    List<Integer> found = test.database().inTx(tx -> sql.fetch(tx, row -> row.getInt(1)));

    assertThat(found).containsExactly(2, 3);
  }

  @Test
  void typed_columns_match_those_of_jooq() {
    var at = DSL.field(DSL.name("at"), Instant.class);
    var sql = Sql.of("select ?, ?::timestamptz", "a", AT);

    var text = DSL.field(DSL.name("text"), String.class);

    Record row = test.database().inTx(tx -> sql.fetch(tx, List.of(text, at))).getFirst();

    assertThat(row.get(text)).isEqualTo("a");
    assertThat(row.get(at)).isEqualTo(AT);
  }

  @Test
  void an_error_of_the_database_is_thrown_as_by_jooq() {
    var ofJooq =
        catchThrowable(() -> test.database().runTx(tx -> tx.dsl().execute("select 1/{0}", val(0))));

    assertThatThrownBy(() -> test.database().inTx(tx -> Sql.of("select 1/?", 0).execute(tx)))
        .isInstanceOf(DataAccessException.class)
        .hasMessage(ofJooq.getMessage())
        .hasMessageContaining("division by zero")
        .satisfies(e -> assertThat(((DataAccessException) e).sqlState()).isEqualTo("22012"))
        .satisfies(e -> assertThat(TransientErrors.isOfDatabase((RuntimeException) e)).isFalse());
  }

  @Test
  void two_statements_in_one_round_trip_return_both_results_and_the_second_sees_the_first() {
    test.asOwner("create table numbers (n int); grant all on numbers to public");
    var number = DSL.field(DSL.name("n"), Integer.class);

    var results =
        test.database()
            .inTx(
                tx ->
                    Sql.fetchBoth(
                        tx,
                        Sql.of("insert into numbers values (?) returning n", 1),
                        List.of(number),
                        Sql.of("select n + ? as n from numbers", 10),
                        List.of(number)));

    assertThat(results.first().getValues(number)).containsExactly(1);
    assertThat(results.second().getValues(number)).containsExactly(11);
  }

  @Test
  void the_last_statement_of_a_transaction_commits_it_unless_it_fails() {
    test.asOwner("create table numbers (n int primary key); grant all on numbers to public");
    var insert = "insert into numbers values (?)";

    List<Integer> stored =
        test.database()
            .inTx(
                tx -> {
                  Sql.of(insert, 1).execute(tx);
                  return Sql.of(insert + " returning n", 2)
                      .fetchAndCommit(tx, row -> row.getInt(1));
                });
    assertThatThrownBy(
            () ->
                test.database()
                    .runTx(
                        tx -> {
                          Sql.of(insert, 3).execute(tx);
                          Sql.of(insert + " returning n", 2)
                              .fetchAndCommit(tx, row -> row.getInt(1));
                        }))
        .hasMessageContaining("duplicate key");

    assertThat(stored).containsExactly(2);
    List<Integer> found =
        test.database()
            .inTx(tx -> Sql.of("select n from numbers order by n").fetch(tx, row -> row.getInt(1)));
    assertThat(found).containsExactly(1, 2);
  }

  @Test
  void a_change_that_its_last_statement_committed_is_not_rolled_back_later() {
    test.asOwner("create table numbers (n int); grant all on numbers to public");

    assertThatThrownBy(
            () ->
                test.database()
                    .runTx(
                        tx -> {
                          Sql.of("insert into numbers values (1) returning n")
                              .fetchAndCommit(tx, row -> row.getInt(1));
                          throw new IllegalStateException("too late");
                        }))
        .hasMessage("too late");

    List<Integer> found =
        test.database().inTx(tx -> Sql.of("select n from numbers").fetch(tx, row -> row.getInt(1)));
    assertThat(found).containsExactly(1);
  }

  private List<Line> fetch(Sql sql) {
    return test.database()
        .inTx(
            tx ->
                sql.fetch(
                    tx,
                    row -> {
                      var at = row.getTimestamp(7);
                      return new Line(
                          row.getObject(1, UUID.class),
                          row.getString(2),
                          row.getInt(3),
                          row.getLong(4),
                          row.getBoolean(5),
                          row.getBigDecimal(6),
                          at == null ? null : at.toInstant());
                    }));
  }
}
