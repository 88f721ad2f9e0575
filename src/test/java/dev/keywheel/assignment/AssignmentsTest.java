package dev.keywheel.assignment;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.ROTATION_ORDER;
import static dev.keywheel.support.TestWheel.names;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.run.Plan;
import dev.keywheel.run.RunExclusions;
import dev.keywheel.run.RunFence;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestWheel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class AssignmentsTest {
  @AutoClose private final TestWheel t = new TestWheel();

  @Test
  void of_nine_active_keys_seven_serve_a_run_and_the_next_run_begins_with_the_eighth() {
    t.pool.add(9);
    var first = t.run();
    assertThat(names(t.plan(first)))
        .containsExactly("key1", "key2", "key3", "key4", "key5", "key6", "key7");
    assertThat(names(t.plan(t.run())))
        .containsExactly("key8", "key9", "key1", "key2", "key3", "key4", "key5");
    assertThat(t.text(first))
        .containsExactly(
            "🎯 Need 7 keys for Round-Robin distribution across all operations",
            "🎯 Minimum active keys needed: 5 (will test failed keys only if insufficient)",
            "🔑 Found 9 OpenRouter API keys for user admin@example.com",
            "✅ PERFECT DISTRIBUTION: 9 active >= 7 needed",
            "🎯 Using 7 active keys for 7 operations - each operation uses a different key",
            "🗺️ Round-Robin plan: 1→key1 2→key2 3→key3 4→key4 5→key5 6→key6 7→key7"
                + " 8→key1 (cycles back)");
    assertThat(t.upstream.checked()).isEmpty();
  }

  @Test
  void six_active_keys_all_serve_and_nothing_is_tested() {
    var keys = t.pool.add(8);
    t.fail(keys.get(1));
    t.limit(keys.get(4), LimitClass.ALL);
    var run = t.run();
    assertThat(names(t.plan(run))).containsExactly("key1", "key3", "key4", "key6", "key7", "key8");
    assertThat(t.text(run))
        .startsWith(
            "🎯 Need 7 keys for Round-Robin distribution across all operations",
            "🎯 Minimum active keys needed: 5 (will test failed keys only if insufficient)",
            "🔑 Found 8 OpenRouter API keys for user admin@example.com",
            "✅ SUFFICIENT ACTIVE KEYS: 6 active >= 5 minimum needed",
            "🔄 No need to test failed keys - using available active keys with rotation",
            "🎯 Using 6 active keys with rotation for 7 operations");
    assertThat(t.upstream.checked()).isEmpty();
  }

  @Test
  void five_active_keys_serve_without_a_test() {
    var keys = t.pool.add(7);
    t.fail(keys.get(1));
    t.limit(keys.get(4), LimitClass.ALL);
    assertThat(names(t.plan(t.run()))).containsExactly("key1", "key3", "key4", "key6", "key7");
    assertThat(t.upstream.checked()).isEmpty();
  }

  @Test
  void below_the_minimum_all_limited_and_failed_keys_are_tested_and_follow_the_active_ones() {
    t.withJobs();
    var keys = t.pool.add(9);
    t.plan(t.run());
    // Rotation now: key8 key9 key1 … key7. Only key9, key3 and key7 stay active.
    for (int limited : List.of(8, 1, 2)) {
      t.limit(keys.get(limited - 1), LimitClass.ALL);
    }
    for (int failed : List.of(4, 5, 6)) {
      t.fail(keys.get(failed - 1));
    }
    t.upstream.checks("key4", ScriptedUpstream.unauthorized());
    t.pool.clock.tick(LowPoolTests.FRESH_CHECK);
    var run = t.run();

    assertThat(names(t.plan(run)))
        .containsExactly("key9", "key3", "key7", "key8", "key1", "key2", "key5");
    assertThat(t.text(run))
        .startsWith(
            "🎯 Need 7 keys for Round-Robin distribution across all operations",
            "🎯 Minimum active keys needed: 5 (will test failed keys only if insufficient)",
            "🔑 Found 9 OpenRouter API keys for user admin@example.com",
            "❌ Only 3 active keys available (< minimum 5 needed)",
            "🔄 Testing rate-limited and failed keys in BATCH PARALLEL to increase active pool...",
            "🧪 BATCH TESTING: 6 keys (3 rate_limited + 3 failed)",
            "⚡ Starting parallel testing of 6 keys...")
        .contains(
            "✅ Key recovered: key8 - now ACTIVE",
            "🔄 BATCH TESTING COMPLETED: 5 recovered, 0 still rate_limited, 1 still failed",
            "🎯 Using 7 active keys for 7 operations - each operation uses a different key");
    assertThat(t.upstream.checked())
        .containsExactlyInAnyOrder("key8", "key1", "key2", "key4", "key5", "key6");
    assertThat(t.upstream.received()).isEmpty();
  }

  @Test
  void with_two_active_keys_of_twenty_five_the_other_23_are_tested_concurrently() {
    t.withJobs();
    var keys = t.pool.add(25);
    for (int i = 3; i <= 17; i++) {
      t.limit(keys.get(i - 1), LimitClass.ALL);
      if (i > 10) {
        t.upstream.checks("key" + i, ScriptedUpstream.spent());
      }
    }
    for (int i = 18; i <= 25; i++) {
      t.fail(keys.get(i - 1));
      if (i > 21) {
        t.upstream.checks("key" + i, ScriptedUpstream.unauthorized());
      }
    }
    t.upstream.answerWhenOpen(23);
    t.pool.clock.tick(LowPoolTests.FRESH_CHECK);
    var run = t.run();

    assertThat(names(t.plan(run)))
        .containsExactly("key1", "key2", "key3", "key4", "key5", "key6", "key7");
    var text = t.text(run);
    assertThat(text.subList(0, 7))
        .containsExactly(
            "🎯 Need 7 keys for Round-Robin distribution across all operations",
            "🎯 Minimum active keys needed: 5 (will test failed keys only if insufficient)",
            "🔑 Found 25 OpenRouter API keys for user admin@example.com",
            "❌ Only 2 active keys available (< minimum 5 needed)",
            "🔄 Testing rate-limited and failed keys in BATCH PARALLEL to increase active pool...",
            "🧪 BATCH TESTING: 23 keys (15 rate_limited + 8 failed)",
            "⚡ Starting parallel testing of 23 keys...");
    assertThat(text.subList(7, 19))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.of(3, 4, 5, 6, 7, 8, 9, 10, 18, 19, 20, 21)
                .mapToObj(i -> "✅ Key recovered: key" + i + " - now ACTIVE")
                .toList());
    assertThat(text.subList(19, text.size()))
        .containsExactly(
            "🔄 BATCH TESTING COMPLETED: 12 recovered, 7 still rate_limited, 4 still failed",
            "🎯 Using 7 active keys for 7 operations - each operation uses a different key",
            "🗺️ Round-Robin plan: 1→key1 2→key2 3→key3 4→key4 5→key5 6→key6 7→key7"
                + " 8→key1 (cycles back)");
    assertThat(t.upstream.mostAtOnce()).isEqualTo(23);
    assertThat(t.upstream.checked()).hasSize(23).doesNotContain("key1", "key2");
    assertThat(t.upstream.received()).as("requests other than key checks").isEmpty();
    assertThat(t.pool.pool.status().counts(t.pool.id).active()).isEqualTo(14);
  }

  @Test
  void few_active_keys_serve_if_the_tests_recover_none() {
    t.withJobs();
    var keys = t.pool.add(3);
    t.fail(keys.get(1));
    t.upstream.checks("key2", ScriptedUpstream.unauthorized());
    var run = t.run();
    assertThat(names(t.plan(run))).containsExactly("key1", "key3");
    assertThat(t.text(run))
        .contains(
            "🎯 Using 2 active keys with rotation for 7 operations",
            "⚠️ Only 2 keys available for 7 operations, keys will be reused");
  }

  @Test
  void without_a_usable_key_a_run_waits_and_logs_when_it_tries_again() {
    t.withJobs();
    var keys = t.pool.add(2);
    t.limit(keys.get(0), LimitClass.ALL);
    t.fail(keys.get(1));
    t.upstream.checks("key1", ScriptedUpstream.server502());
    t.upstream.checks("key2", ScriptedUpstream.unauthorized());
    var run = t.run();

    var assigned = t.assign(run);

    assertThat(assigned).isInstanceOf(Assignment.NoKeys.class);
    var none = (Assignment.NoKeys) assigned;
    assertThat(none.nextTry()).isAfter(t.pool.clock.instant());
    assertThat(none.why())
        .isEqualTo("No OpenRouter key can be used now: 1 rate limited, 1 failed, 0 disabled.");
    assertThat(t.text(run).getLast())
        .startsWith("⏳ No OpenRouter API key can be used now, next try at 2026-03-10 14:30:46 UTC");
    assertThat(assignedKeys()).isZero();
  }

  @Test
  void working_keys_that_were_refused_in_the_run_are_distinguished_from_failed_ones() {
    t.withJobs();
    var keys = t.pool.add(2);
    var run = t.run();
    t.pool.database.runTx(tx -> keys.forEach(key -> RunExclusions.exclude(tx, run.runId(), key)));

    var assigned = t.assign(run);

    assertThat(assigned).isInstanceOf(Assignment.NoKeys.class);
    assertThat(((Assignment.NoKeys) assigned).why())
        .startsWith("The 2 active OpenRouter keys cannot serve this run: they were refused in it");
  }

  @Test
  void the_reason_of_a_wait_names_a_single_key_in_the_singular() {
    assertThat(AssignmentLogMessages.why("OpenRouter", new PoolCounts(1, 0, 0, 0)))
        .startsWith(
            "The only active OpenRouter key cannot serve this run: it was refused in it, or");
    assertThat(AssignmentLogMessages.why("OpenRouter", new PoolCounts(0, 0, 0, 1)))
        .isEqualTo("The only OpenRouter key is disabled: enable it.");
    var rule = new AssignmentSettings(7, 5);
    assertThat(AssignmentLogMessages.insufficient(0, rule, 0, 1).getLast().message())
        .isEqualTo(
            "⚠️ The only rate-limited or failed key was tested within the last minute: not testing"
                + " it again");
  }

  @Test
  void a_key_just_tested_for_one_run_is_not_tested_again_for_the_next() {
    t.withJobs();
    t.fail(t.pool.add(1).getFirst());
    t.upstream.checks("key1", ScriptedUpstream.unauthorized());
    t.assign(t.run());
    t.assign(t.run());
    assertThat(t.upstream.checked()).containsExactly("key1");
    t.pool.clock.tick(LowPoolTests.FRESH_CHECK);
    t.assign(t.run());
    assertThat(t.upstream.checked()).containsExactly("key1", "key1");
  }

  @Test
  void an_inconclusive_check_counts_as_a_check() {
    t.withJobs();
    var keys = t.pool.add(2);
    keys.forEach(t::fail);
    t.upstream.checks("key1", ScriptedUpstream.unauthorized());
    t.upstream.checks("key2", ScriptedUpstream.server502());
    t.pool.clock.tick(LowPoolTests.FRESH_CHECK);
    t.assign(t.run());
    var checked = List.copyOf(t.upstream.checked());
    t.assign(t.run());
    assertThat(t.upstream.checked()).isEqualTo(checked);
  }

  @Test
  void a_run_without_a_key_polls_less_often_but_wakes_when_the_first_limit_ends() {
    var now = t.pool.clock.instant();
    var past = now.minusSeconds(1);
    assertThat(IntStream.range(0, 10).mapToObj(n -> AssignmentRule.nextTry(now, past, n)))
        .extracting(next -> Duration.between(now, next).toSeconds())
        .containsExactly(2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 300L, 300L);
    var soon = now.plusSeconds(40);
    assertThat(AssignmentRule.nextTry(now, soon, 7)).isEqualTo(soon);
    assertThat(AssignmentRule.nextTry(now, now.plusSeconds(4_000), 0))
        .isEqualTo(now.plusSeconds(300));
  }

  @Test
  void a_run_of_an_empty_pool_waits_for_keys_to_be_added() {
    var assigned = t.assign(t.run());
    assertThat(assigned)
        .isEqualTo(
            new Assignment.NoKeys(
                t.pool.clock.instant().plus(Duration.ofMinutes(5)),
                "There are no OpenRouter keys: add some."));
  }

  @Test
  void a_paused_pool_assigns_no_key_and_gives_the_reason() {
    t.pool.add(9);
    var until = t.pool.clock.instant().plusSeconds(30);
    t.pool.database.runTx(
        tx ->
            t.pool
                .pool
                .status()
                .pausePool(
                    tx, t.pool.id, new PoolPause(until, "connection refused", PauseCause.OTHER)));
    var run = t.run();
    assertThat(t.assign(run)).isEqualTo(new Assignment.NoKeys(until, "connection refused"));
    assertThat(t.text(run))
        .containsExactly(
            "⏸️ The OpenRouter pool is paused until 2026-03-10 14:26:06 UTC: connection refused");
    t.pool.clock.tick(Duration.ofSeconds(30));
    assertThat(names(t.plan(run))).hasSize(7);
  }

  @Test
  void a_fenced_run_gets_no_key_and_changes_nothing() {
    t.pool.add(9);
    var run = t.run();
    var stale = new RunFence(run.runId(), run.pool(), run.fence() - 1);
    assertThat(t.assign(stale)).isEqualTo(new Assignment.Fenced());
    assertThat(t.text(run)).isEmpty();
    assertThat(assignedKeys()).isZero();
  }

  @Test
  void a_key_excluded_from_the_run_gets_no_seat() {
    var keys = t.pool.add(9);
    var run = t.run();
    t.pool.database.runTx(tx -> RunExclusions.exclude(tx, run.runId(), keys.get(0)));
    assertThat(names(t.plan(run))).doesNotContain("key1").hasSize(7);
    assertThat(t.text(run)).contains("✅ PERFECT DISTRIBUTION: 8 active >= 7 needed");
    assertThat(excluded(run)).containsExactly(keys.get(0));
  }

  @Test
  void the_excluded_keys_of_a_run_are_read_in_one_query() {
    var keys = t.pool.add(3);
    var run = t.run();
    t.pool.database.runTx(tx -> keys.forEach(key -> RunExclusions.exclude(tx, run.runId(), key)));
    var statements = new Statements();

    var excluded = statements.over(t.pool.database).inTx(tx -> t.assignments.excluded(tx, run));

    assertThat(excluded).containsExactlyInAnyOrderElementsOf(keys);
    assertThat(statements.matching(sql -> sql.contains("api_keys"))).hasSize(1);
  }

  @Test
  void a_locked_pool_does_not_wait_for_a_query_for_each_excluded_or_refused_key() {
    var keys = t.pool.add(12);
    var run = t.run();
    var none = t.run();
    var refused = keys.subList(0, 3);
    t.pool.database.runTx(
        tx -> refused.forEach(key -> RunExclusions.exclude(tx, run.runId(), key)));
    assertThat(statements(database -> plan(database, run)))
        .isEqualTo(statements(database -> plan(database, none)) + 2);

    var plan = t.plan(t.run());
    assertThat(statements(database -> replacement(database, plan, Set.copyOf(refused))))
        .isEqualTo(statements(database -> replacement(database, plan, Set.of(keys.get(0)))));
  }

  /** The number of statements that read keys. */
  private int statements(Consumer<Database> work) {
    var statements = new Statements();
    work.accept(statements.over(t.pool.database));
    return statements.matching(sql -> sql.contains("api_keys")).size();
  }

  private void plan(Database database, RunFence run) {
    var request = new AssignmentRequest(run, t.pool.admin.email(), 7, 8, ModelClass.FREE);
    var assignments =
        new Assignments(
            database, t.pool.pool, t.recovery, t.providers, t.settings, t.log, t.pool.clock);
    assertThat(assignments.assign(request)).isInstanceOf(Assignment.Planned.class);
  }

  private void replacement(Database database, Plan plan, Set<UUID> refused) {
    var selector = new ReplacementSelector(t.pool.pool);
    Optional<?> selected =
        database.inTx(
            tx -> selector.select(tx, t.pool.id, plan, ModelClass.FREE, Set.of(), refused, false));
    assertThat(selected).isPresent();
  }

  @Test
  void a_replacement_is_the_next_key_outside_the_plan_or_else_the_least_recently_used_one_in_it() {
    t.pool.add(8);
    var plan = t.plan(t.run());
    assertThat(replacement(plan, Set.of())).isEqualTo("key8");
    // key8 was just assigned and is still the only key outside the plan.
    assertThat(replacement(plan, Set.of())).isEqualTo("key8");
    var eighth = id("key8");
    assertThat(replacement(plan, Set.of(eighth))).isEqualTo("key1");
    assertThat(replacement(plan, Set.of(eighth))).isEqualTo("key2");
    assertThat(replacement(plan, Set.of(eighth, id("key3")))).isEqualTo("key4");
    // Replacements count as turns: the next run begins with the key after them.
    assertThat(names(t.plan(t.run())))
        .containsExactly("key3", "key5", "key6", "key7", "key8", "key1", "key2");
  }

  @Test
  void a_replacement_for_another_model_class_skips_keys_that_are_limited_for_that_class() {
    var keys = t.pool.add(9);
    var plan = t.plan(t.run());
    t.limit(keys.get(7), LimitClass.PAID);
    assertThat(t.pool.key(keys.get(7)).status()).isEqualTo(KeyStatus.ACTIVE);
    var seat =
        t.pool.database.inTx(
            tx ->
                new ReplacementSelector(t.pool.pool)
                    .select(tx, t.pool.id, plan, ModelClass.PAID, Set.of(), Set.of(), false));
    assertThat(seat.orElseThrow().keyName()).isEqualTo("key9");
  }

  private String replacement(Plan plan, Set<UUID> unusable) {
    return t.pool
        .database
        .inTx(
            tx ->
                new ReplacementSelector(t.pool.pool)
                    .select(tx, t.pool.id, plan, ModelClass.FREE, unusable, Set.of(), false))
        .orElseThrow()
        .keyName();
  }

  private Set<UUID> excluded(RunFence run) {
    return t.pool.database.inTx(tx -> t.assignments.excluded(tx, run));
  }

  private UUID id(String name) {
    return t.pool.database.read(
        dsl ->
            dsl.select(API_KEYS.ID)
                .from(API_KEYS)
                .where(API_KEYS.NAME.eq(name))
                .fetchSingle(API_KEYS.ID));
  }

  private int assignedKeys() {
    return t.pool.database.read(
        dsl -> dsl.fetchCount(ROTATION_ORDER, ROTATION_ORDER.ROTATION_NUMBER.ge(0L)));
  }
}
