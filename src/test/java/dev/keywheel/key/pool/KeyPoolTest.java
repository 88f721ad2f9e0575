package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Usage;
import dev.keywheel.support.TestPool;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Adding keys, their order of assignment, pauses of their pool, and the counts of their uses. */
final class KeyPoolTest {
  @AutoClose private final TestPool t = new TestPool();

  @Test
  void new_keys_are_active_and_rotate_in_the_order_in_which_they_were_added() {
    List<UUID> ids = t.add(9);
    assertThat(t.pool.status().counts(t.id)).isEqualTo(new PoolCounts(9, 0, 0, 0));
    assertThat(assign(7)).isEqualTo(ids.subList(0, 7));
    assertThat(assign(3)).isEqualTo(List.of(ids.get(7), ids.get(8), ids.get(0)));
    UUID late = t.add("late").getFirst();
    assertThat(assign(2)).isEqualTo(List.of(late, ids.get(1)));
  }

  @Test
  void a_secret_can_be_decrypted_for_its_own_workspace_only() {
    UUID id = t.add("key1").getFirst();
    assertThat(t.pool.secrets().open(t.workspace, id).reveal())
        .isEqualTo("sk-or-v1-test-secret-of-key1");
    assertThatThrownBy(() -> t.pool.secrets().open(t.ids.next(), id)).isInstanceOf(NotFound.class);
    assertThat(t.key(id).masked()).isEqualTo("sk-or-v1-…key1");
  }

  @Test
  void a_key_that_the_pool_already_has_is_not_added_again() {
    t.add("key1");
    assertThat(t.add("key1")).isEmpty();
    assertThat(t.pool.status().counts(t.id).all()).isEqualTo(1);
  }

  @Test
  void concurrent_assignments_use_every_key_equally_often() throws Exception {
    t.add(11);
    Map<UUID, Integer> assigned = new HashMap<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = new ArrayList<java.util.concurrent.Callable<List<UUID>>>();
      for (int i = 0; i < 40; i++) {
        tasks.add(() -> assign(7));
      }
      for (var done : threads.invokeAll(tasks)) {
        done.get().forEach(id -> assigned.merge(id, 1, Integer::sum));
      }
    }
    int least = assigned.values().stream().min(Integer::compare).orElseThrow();
    int most = assigned.values().stream().max(Integer::compare).orElseThrow();
    assertThat(assigned.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(280);
    assertThat(most - least <= 1).as(assigned.toString()).isTrue();
  }

  @Test
  void a_short_pause_does_not_end_a_longer_one() {
    t.add("key1");
    var hour = t.clock.instant().plus(Duration.ofHours(1));
    t.database.runTx(
        tx -> t.pool.status().pausePool(tx, t.id, new PoolPause(hour, "Long.", PauseCause.OTHER)));
    t.database.runTx(
        tx ->
            t.pool
                .status()
                .pausePool(
                    tx,
                    t.id,
                    new PoolPause(t.clock.instant().plusSeconds(30), "Short.", PauseCause.OTHER)));
    assertThat(t.pool.status().findPause(t.id).orElseThrow())
        .isEqualTo(new PoolPause(hour, "Long.", PauseCause.OTHER));
    var later = hour.plusSeconds(1);
    t.database.runTx(
        tx ->
            t.pool.status().pausePool(tx, t.id, new PoolPause(later, "Longer.", PauseCause.OTHER)));
    assertThat(t.pool.status().findPause(t.id).orElseThrow().until()).isEqualTo(later);
  }

  @Test
  void the_notice_that_every_key_is_refused_ends_with_a_pause_of_another_cause() {
    var status = t.pool.status();
    var minute = pauseWithNotice(PauseCause.PROVIDER_FAILS);

    assertThat(t.database.<Boolean>inTx(tx -> status.resumePool(tx, t.id, minute))).isTrue();

    assertThat(status.findNotice(t.id)).isEmpty();
  }

  @Test
  void the_notice_ends_although_its_pause_is_over() {
    var status = t.pool.status();
    var minute = pauseWithNotice(PauseCause.KEYS_REFUSED);
    t.clock.tick(Duration.ofMinutes(2));

    assertThat(t.database.<Boolean>inTx(tx -> status.resumePool(tx, t.id, minute))).isFalse();

    assertThat(status.findNotice(t.id)).isEmpty();
  }

  @Test
  void only_the_pause_with_the_given_end_is_ended() {
    var status = t.pool.status();
    var minute = pauseWithNotice(PauseCause.KEYS_REFUSED);

    assertThat(t.database.<Boolean>inTx(tx -> status.resumePool(tx, t.id, minute.plusSeconds(1))))
        .isFalse();
    assertThat(status.findPause(t.id)).isPresent();

    assertThat(t.database.<Boolean>inTx(tx -> status.resumePool(tx, t.id, minute))).isTrue();
    assertThat(status.findPause(t.id)).isEmpty();
    assertThat(status.summaries(t.id.workspaceId()).getFirst().state().notice()).isNull();
  }

  @Test
  void the_calls_of_a_key_are_counted() {
    UUID id = t.add("key1").getFirst();
    var usage = new Usage(100, 50, 0, new BigDecimal("0.0125"), true);
    t.database.runTx(tx -> t.pool.updater().recordUse(tx, id, true, usage, 321, t.clock.instant()));
    t.database.runTx(
        tx -> t.pool.updater().recordUse(tx, id, false, Usage.NONE, 10, t.clock.instant()));
    ApiKey key = t.key(id);
    assertThat(key.calls()).isEqualTo(2);
    assertThat(key.callsOk()).isEqualTo(1);
    assertThat(key.tokens()).isEqualTo(150);
    assertThat(new BigDecimal("0.0125").compareTo(key.cost())).isEqualTo(0);
    assertThat(key.lastUsedAt()).isEqualTo(t.clock.instant());
  }

  @Test
  void calls_without_a_latency_keep_that_of_the_last_call_with_one() {
    UUID id = t.add("key1").getFirst();
    record(call(id, 100, 1), call(id, 200, 2), call(id, null, 3));
    assertThat(t.key(id).lastLatencyMs()).isEqualTo(200);
    record(call(id, null, 4));
    assertThat(t.key(id).lastLatencyMs()).isEqualTo(200);
    record(call(id, 300, 5), call(id, 250, 4));
    assertThat(t.key(id).lastLatencyMs()).isEqualTo(300);
    record(call(id, 100, 6), call(id, null, 8), call(id, 200, 7));
    assertThat(t.key(id).lastLatencyMs()).isEqualTo(200);
  }

  private KeyUses.Use call(UUID key, @Nullable Integer latencyMs, int second) {
    var at = t.clock.instant().plusSeconds(second);
    return KeyUses.Use.of(key, true, Usage.NONE, latencyMs, at);
  }

  private void record(KeyUses.Use... uses) {
    t.database.runTx(tx -> KeyUses.record(tx, Stream.of(uses)));
  }

  @Test
  void a_call_of_a_key_whose_cost_is_at_the_maximum_is_counted() {
    UUID id = t.add("key1").getFirst();
    var usage = new Usage(1, 1, 0, new BigDecimal("9999999999"), true);
    for (int call = 0; call < 2; call++) {
      t.database.runTx(tx -> t.pool.updater().recordUse(tx, id, true, usage, 1, t.clock.instant()));
    }
    assertThat(t.key(id).calls()).isEqualTo(2);
    assertThat(t.key(id).cost()).isEqualByComparingTo("9999999999");
  }

  /** Adds a key, and pauses its pool for a minute with a notice; returns the end of the pause. */
  private Instant pauseWithNotice(PauseCause cause) {
    t.add("key1");
    var minute = t.clock.instant().plusSeconds(60);
    t.database.runTx(
        tx -> {
          t.pool.status().pausePool(tx, t.id, new PoolPause(minute, "All.", cause));
          t.pool.status().setNotice(tx, t.id, "The provider refuses every key.");
        });
    return minute;
  }

  private List<UUID> assign(int n) {
    return t.database.inTx(
        tx -> {
          t.pool.rotation().lock(tx, t.id);
          List<UUID> keys =
              t.pool.rotation().findUsable(tx, t.id, ModelClass.FREE, Set.of(), n).stream()
                  .map(ApiKey::id)
                  .toList();
          assertThat(t.pool.rotation().assign(tx, keys)).hasSize(keys.size()).isSorted();
          return keys;
        });
  }
}
