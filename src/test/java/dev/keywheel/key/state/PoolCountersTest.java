package dev.keywheel.key.state;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.count;

import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.edit.KeyTrash;
import dev.keywheel.key.search.KeyCounts;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.Selection;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.support.TestKeys;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jooq.Condition;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class PoolCountersTest {
  @AutoClose private final TestPool t = new TestPool();
  private final KeyCommands edits = t.edits(5_000);
  private final Random random = new Random(20_260_310);

  @Test
  void counters_equal_a_count_of_the_keys_after_any_history() {
    List<UUID> keys = new ArrayList<>(t.add(40));
    for (int step = 0; step < 60; step++) {
      change(keys, step);
      t.clock.tick(Duration.ofMinutes(1));
      assertThat(t.pool.status().counts(t.id)).as("after step %s", step).isEqualTo(counted());
      for (ModelClass models : ModelClass.values()) {
        int usable = t.database.inTx(tx -> t.pool.rotation().countUsable(tx, t.id, models));
        assertThat(usable).isEqualTo(keys(usableFor(models)));
      }
      assertThat(counts().trashed()).isEqualTo(all(API_KEYS.DELETED_AT.isNotNull()));
    }
    assertThat(counted().all()).isPositive();
  }

  private void change(List<UUID> keys, int step) {
    Collections.shuffle(keys, random);
    List<UUID> some = List.copyOf(keys.subList(0, 1 + random.nextInt(10)));
    Selection selection = Selection.of(some);
    switch (step % 8) {
      case 0 -> edits.disable(t.admin, selection);
      case 1 -> check(some, false);
      case 2 -> limit(some);
      case 3 -> edits.delete(t.admin, selection);
      case 4 -> edits.enable(t.admin, selection);
      case 5 -> check(some, true);
      case 6 -> edits.undo().restore(t.admin, some);
      default -> keys.addAll(t.add("late" + step, "later" + step));
    }
    if (step == 50) {
      t.clock.tick(KeyTrash.KEPT_FOR.plusDays(1));
      edits.purgeExpired();
    }
  }

  private void check(List<UUID> keys, boolean good) {
    CheckOutcome verdict =
        good
            ? Observations.good(t.clock.instant(), Observations.facts())
            : Observations.refused(t.clock.instant());
    t.recordChecks(keys.stream().map(key -> Observations.checked(key, verdict)).toList());
  }

  private void limit(List<UUID> keys) {
    LimitClass which = LimitClass.values()[random.nextInt(LimitClass.values().length)];
    var limited =
        Observations.limited(
            t.clock.instant(), LimitScope.KEY, which, KeyReason.RATE, t.clock.instant());
    for (UUID key : keys) {
      t.database.runTx(
          tx ->
              t.pool
                  .updater()
                  .recordCall(
                      tx,
                      t.id,
                      key,
                      1,
                      limited,
                      ModelClass.FREE,
                      t.clock.instant(),
                      TestKeys.ACTOR));
    }
  }

  private KeyCounts counts() {
    return new KeyList(t.database).counts(t.workspace);
  }

  private PoolCounts counted() {
    return new PoolCounts(
        keys(API_KEYS.STATUS.eq("active")),
        keys(API_KEYS.STATUS.eq("rate_limited")),
        keys(API_KEYS.STATUS.eq("failed")),
        keys(API_KEYS.STATUS.eq("disabled")));
  }

  private static Condition usableFor(ModelClass models) {
    return models == ModelClass.FREE
        ? API_KEYS.USABLE_FREE.isTrue()
        : API_KEYS.USABLE_PAID.isTrue();
  }

  private int keys(Condition which) {
    return all(which.and(API_KEYS.DELETED_AT.isNull()));
  }

  private int all(Condition which) {
    return t.database.read(
        dsl -> dsl.select(count()).from(API_KEYS).where(which).fetchSingle(count()));
  }
}
