package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.pool.KeyCandidates.Candidate;
import dev.keywheel.key.pool.KeyCandidates.Demand;
import dev.keywheel.key.pool.KeyCandidates.JoinedValue;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.TestPool;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.Converter;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class KeyCandidatesTest {
  private static final Demand ANY = new Demand(ModelClass.FREE, Set.of(), null);
  private static final Demand TAGGED = new Demand(ModelClass.FREE, Set.of("fast"), null);

  @AutoClose private final TestPool pool = new TestPool();
  private final AtomicInteger arrays = new AtomicInteger();

  /** Counts the rows in which the array arrives. */
  private final Field<Long[]> numbers =
      DSL.field(
          "numbers",
          SQLDataType.BIGINT
              .array()
              .asConvertedDataType(
                  Converter.ofNullable(
                      Long[].class,
                      Long[].class,
                      array -> {
                        arrays.incrementAndGet();
                        return array;
                      },
                      array -> array)));

  @Test
  void the_values_read_with_the_keys_are_in_the_first_row_only() {
    var ids = pool.add(20);

    var found = read(List.of(ANY));

    assertThat(arrays).hasValue(1);
    assertThat(found.otherValues().get(numbers)).hasSize(5).isSorted();
    assertThat(found.candidates().get(ANY))
        .extracting(candidate -> candidate.key().id())
        .isEqualTo(ids);
  }

  @Test
  void the_joined_values_are_read_even_if_there_is_no_key() {
    pool.add(1);

    var found = read(List.of(TAGGED));

    assertThat(found.otherValues().get(numbers)).hasSize(5);
    assertThat(found.candidates()).isEqualTo(Map.of(TAGGED, List.<Candidate>of()));
  }

  private KeyCandidates.QueryResult read(List<Demand> demands) {
    arrays.set(0);
    return pool.database.inTx(
        tx ->
            KeyCandidates.query(
                    pool.id,
                    demands,
                    Set.of("maker/model:free"),
                    pool.clock.instant(),
                    32,
                    List.of(new JoinedValue<>(numbers, KeyRotation.numbers(5))))
                .fetch(tx));
  }
}
