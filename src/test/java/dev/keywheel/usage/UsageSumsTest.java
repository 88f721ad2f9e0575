package dev.keywheel.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.support.RandomAttempts;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares the sums of calls with the attempts, added up by the test's own SQL. */
@Tag("full")
class UsageSumsTest {
  private static final String MEASURES =
      """
      count(*) as calls,
      count(*) filter (where state in ('ok', 'cut', 'invalid')) as ok,
      count(*) filter (where state in ('http_error', 'timeout')) as failed,
      count(*) filter (where state = 'unknown') as unknown,
      coalesce(sum(prompt_tokens), 0) as prompt_tokens,
      coalesce(sum(completion_tokens), 0) as completion_tokens,
      coalesce(sum(attempts.cost), 0)::numeric(24, 8) as cost,
      coalesce(sum(latency_ms) filter (where state in ('ok', 'cut', 'invalid')), 0) as latency_ms
      """;

  private static final String ENDED =
      """
      from attempts join runs on runs.id = run_id
      where attempts.state <> 'sent' and attempts.outcome is distinct from 'not_sent'
      """;

  @AutoClose private final TestPool pool = new TestPool();
  private final UsageQueries usage = new UsageQueries(pool.database);
  private final Instant now = pool.clock.instant();

  @Test
  void sums_equal_the_attempts_after_a_history_of_two_nodes_that_crash() throws Exception {
    var one =
        new RandomAttempts(
            pool.database, pool.ids, pool.workspace, now, Duration.ofDays(35), 20_261_128);
    var two = one.another(new Database(pool.test.dataSource()), 7);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = threads.submit(() -> one.play(400));
      var second = threads.submit(() -> two.play(400));
      first.get();
      second.get();
    }
    assertSumsEqualAttempts();
    assertThat(states())
        .contains("ok", "cut", "invalid", "http_error", "timeout", "cancelled", "unknown", "sent");
    var range = UsageRange.days(40, now);
    var slots = usage.slots(pool.workspace, range).stream().map(UsageQueries.Slot::totals).toList();
    assertThat(UsageTotals.sum(slots)).isEqualTo(all());
    var keys = usage.topKeys(pool.workspace, range, UsageQueries.Order.COST, 50);
    assertThat(UsageTotals.sum(keys.stream().map(UsageQueries.KeyTotals::totals).toList()))
        .isEqualTo(all());
    assertThat(keys).isSortedAccordingTo((a, b) -> b.totals().cost().compareTo(a.totals().cost()));
  }

  @Test
  void a_renamed_key_is_listed_under_its_latest_name() {
    var key = pool.ids.next();
    var today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    for (var name : List.of("alpha", "zeta")) {
      pool.test.asOwner(
          """
          insert into usage_key_days
          values ('%s', '%s', '%s', 'openrouter', '%s', 1, 1, 0, 0, 10, 5, 0.1, 100)\
          """
              .formatted(
                  key, name.equals("alpha") ? today : today.minusDays(1), pool.workspace, name));
    }
    var range = UsageRange.days(7, now);
    assertThat(usage.topKeys(pool.workspace, range, UsageQueries.Order.CALLS, 50))
        .singleElement()
        .satisfies(total -> assertThat(total.name()).isEqualTo("alpha"))
        .satisfies(total -> assertThat(total.totals().calls()).isEqualTo(2));
  }

  @Test
  void the_last_day_is_counted_in_a_time_zone_whose_clocks_change_at_midnight() {
    new RandomAttempts(pool.database, pool.ids, pool.workspace, now, Duration.ofHours(12), 8)
        .play(100);
    var range = UsageRange.hours(4 * 24, now);
    var keys =
        pool.database.inTx(
            tx -> {
              tx.dsl().execute("set local time zone 'America/Havana'"); // changes on 8 March 2026
              return UsageQueries.topKeys(
                  tx.dsl(), pool.workspace, range, UsageQueries.Order.CALLS, 50);
            });
    assertThat(UsageTotals.sum(keys.stream().map(UsageQueries.KeyTotals::totals).toList()))
        .isEqualTo(all());
  }

  @Test
  void earlier_attempts_are_counted_once_when_the_sums_are_filled_again() {
    var node =
        new RandomAttempts(pool.database, pool.ids, pool.workspace, now, Duration.ofDays(3), 3);
    node.play(100);
    var fill = fillStatement();
    pool.test.asOwner("truncate usage_hours, usage_key_days");
    pool.test.asOwner(fill);
    assertSumsEqualAttempts();
    node.play(100);
    assertSumsEqualAttempts();
  }

  @Test
  void removing_raw_replies_changes_no_sum() {
    var node =
        new RandomAttempts(pool.database, pool.ids, pool.workspace, now, Duration.ofDays(3), 4);
    node.play(100);
    var version = "select string_agg(xmin::text, ',' order by key_id, day) from usage_key_days";
    var before = text(version);
    pool.test.asOwner("update attempts set raw = null");
    assertThat(text(version)).isEqualTo(before);
    assertSumsEqualAttempts();
  }

  @Test
  void hours_and_days_begin_in_utc_and_the_current_one_is_the_last() {
    var range = UsageRange.days(7, Instant.parse("2026-11-28T00:30:00Z"));
    assertThat(range.from()).isEqualTo("2026-11-22T00:00:00Z");
    assertThat(range.to()).isEqualTo("2026-11-29T00:00:00Z");
    assertThat(range.slots()).hasSize(7);
    assertThat(range.byHour(Instant.parse("2026-11-28T00:30:00Z")).slots()).hasSize(6 * 24 + 1);
    var hours = UsageRange.hours(24, Instant.parse("2026-11-28T00:30:00Z")).slots();
    assertThat(hours).hasSize(24);
    assertThat(hours.getFirst()).isEqualTo("2026-11-27T01:00:00Z");
  }

  @Test
  void lines_of_a_day_and_of_a_week_equal_the_attempts_for_each_pool_and_key() {
    var node =
        new RandomAttempts(pool.database, pool.ids, pool.workspace, now, Duration.ofDays(8), 5);
    node.play(300);
    var inLine =
        "select count(*) " + ENDED + " and sent_at >= date_trunc('hour', '%s'::timestamptz, 'UTC')";
    var sinceHour = inLine.formatted(now) + " - interval '23 hours'";
    var day = usage.lastDay(pool.workspace, now);
    assertThat(sum(day.all())).isEqualTo(number(sinceHour)).isPositive();
    assertThat(day.totals().calls()).isEqualTo(number(sinceHour));
    for (var provider : List.of("openrouter", "sandbox")) {
      assertThat(sum(day.of(provider)))
          .isEqualTo(number(sinceHour + " and provider = '" + provider + "'"));
    }
    var unused = new UUID(9, 9);
    var keys = List.of(new UUID(0, 0), new UUID(0, 1), unused);
    var weeks = usage.lastWeek(keys, now);
    assertThat(weeks.get(unused)).containsExactly(0L, 0L, 0L, 0L, 0L, 0L, 0L);
    for (var key : keys) {
      var sinceDay =
          "select count(*) %s and sent_at >= date_trunc('day', '%s'::timestamptz, 'UTC') - interval '6 days' and key_id = '%s'"
              .formatted(ENDED, now, key);
      assertThat(sum(weeks.get(key))).isEqualTo(number(sinceDay));
    }
  }

  @Test
  void old_sums_are_removed_in_parts_and_newer_ones_are_kept() {
    var node =
        new RandomAttempts(pool.database, pool.ids, pool.workspace, now, Duration.ofDays(20), 6);
    node.play(200);
    var before = now.minus(Duration.ofDays(10));
    removeAll(before, UsageRetention::removeHours);
    removeAll(before, UsageRetention::removeKeyDays);
    assertThat(number("select count(*) from usage_hours where hour < '" + before + "'")).isZero();
    assertThat(number("select count(*) from usage_hours")).isPositive();
    var day = "'" + before.toString().substring(0, 10) + "'";
    assertThat(number("select count(*) from usage_key_days where day < " + day)).isZero();
    assertThat(number("select count(*) from usage_key_days where day = " + day)).isPositive();
  }

  private void removeAll(Instant before, dev.keywheel.retention.RetentionTask.Batch part) {
    boolean more = true;
    while (more) {
      var removed = pool.database.inTx(tx -> part.remove(tx, pool.workspace, before, null, 10));
      assertThat(removed.count()).isLessThanOrEqualTo(10);
      more = removed.next() != null;
    }
  }

  private void assertSumsEqualAttempts() {
    var hours =
        "select workspace_id, provider, model, date_trunc('hour', sent_at, 'UTC') as hour, "
            + MEASURES.replace("state", "attempts.state")
            + ENDED
            + " group by 1, 2, 3, 4 order by 1, 2, 3, 4";
    assertThat(
            rows(
                """
                select workspace_id, provider, model, hour, calls, ok, failed, unknown,
                       prompt_tokens, completion_tokens, cost, latency_ms
                  from usage_hours where calls <> 0 order by 1, 2, 3, 4
                """))
        .isEqualTo(rows(hours))
        .isNotEmpty();
    var days =
        "select workspace_id, provider, key_id, key_name, (sent_at at time zone 'UTC')::date, "
            + MEASURES.replace("state", "attempts.state")
            + ENDED
            + " group by 1, 2, 3, 4, 5 order by 1, 2, 3, 5";
    assertThat(
            rows(
                """
                select workspace_id, provider, key_id, key_name, day, calls, ok, failed, unknown,
                       prompt_tokens, completion_tokens, cost, latency_ms
                  from usage_key_days where calls <> 0 order by 1, 2, 3, 5
                """))
        .isEqualTo(rows(days));
  }

  private UsageTotals all() {
    return pool.database.read(
        dsl ->
            dsl.fetchSingle("select " + MEASURES.replace("state", "attempts.state") + ENDED)
                .into(UsageTotals.class));
  }

  private List<String> states() {
    return rows("select distinct state from attempts").lines().toList();
  }

  /** The last statement of the migration, which fills the sums. */
  private static String fillStatement() {
    try {
      var text =
          java.nio.file.Files.readString(
              java.nio.file.Path.of("db/migration/V072__usage_rollups.sql"));
      return text.substring(text.lastIndexOf("do $$"));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String rows(String sql) {
    return pool.database.read(
        dsl ->
            dsl.fetch(sql).stream()
                .map(row -> row.intoList().toString().replaceAll("[\\[\\]]", ""))
                .collect(Collectors.joining("\n")));
  }

  private String text(String sql) {
    return pool.database.read(dsl -> String.valueOf(dsl.fetchSingle(sql).get(0)));
  }

  private long number(String sql) {
    return pool.database.read(dsl -> dsl.fetchSingle(sql).get(0, Long.class));
  }

  private static long sum(List<Long> line) {
    return line.stream().mapToLong(Long::longValue).sum();
  }
}
