package dev.keywheel.usage;

import static dev.keywheel.db.schema.Tables.USAGE_HOURS;
import static dev.keywheel.db.schema.Tables.USAGE_KEY_DAYS;
import static java.util.Objects.requireNonNull;
import static org.jooq.impl.DSL.arrayAgg;
import static org.jooq.impl.DSL.arrayGet;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.sum;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.StoredEnum;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;

/** Reads the sums of usage. No query reads single attempts. */
public final class UsageQueries {
  /** Maximum number of keys per day that are read for the most used keys of a longer period. */
  public static final int MAX_KEYS_PER_DAY = 100;

  /** Maximum number of keys, out of those of all days, whose usage is summed over the period. */
  private static final int MAX_SUMMED = 200;

  private static final int DAYS_PER_WEEK = 7;

  /** The summed columns, which exist in both tables. */
  private static final List<Field<? extends Number>> SUMMED =
      List.of(
          USAGE_HOURS.CALLS,
          USAGE_HOURS.OK,
          USAGE_HOURS.FAILED,
          USAGE_HOURS.UNKNOWN,
          USAGE_HOURS.PROMPT_TOKENS,
          USAGE_HOURS.COMPLETION_TOKENS,
          USAGE_HOURS.COST,
          USAGE_HOURS.LATENCY_MS);

  private final Database database;

  public UsageQueries(Database database) {
    this.database = database;
  }

  /** The calls of one hour or day with one model. */
  public record Slot(Instant start, String provider, String model, UsageTotals totals) {}

  /** Usage by slot, pool and model, without slots that have no calls. */
  public List<Slot> slots(UUID workspace, UsageRange range) {
    var unit = inline(range.step().name().toLowerCase(Locale.ROOT));
    var start =
        field(
            "date_trunc({0}, {1}, 'UTC')", USAGE_HOURS.HOUR.getDataType(), unit, USAGE_HOURS.HOUR);
    return database.read(
        dsl ->
            dsl.select(start, USAGE_HOURS.PROVIDER, USAGE_HOURS.MODEL)
                .select(sums(USAGE_HOURS))
                .from(USAGE_HOURS)
                .where(
                    USAGE_HOURS.WORKSPACE_ID.eq(workspace),
                    USAGE_HOURS.HOUR.ge(range.from()),
                    USAGE_HOURS.HOUR.lt(range.to()))
                .groupBy(start, USAGE_HOURS.PROVIDER, USAGE_HOURS.MODEL)
                .having(sum(USAGE_HOURS.CALLS).gt(BigDecimal.ZERO))
                .orderBy(start, USAGE_HOURS.PROVIDER, USAGE_HOURS.MODEL)
                .fetch(
                    r ->
                        new Slot(
                            r.get(start),
                            r.get(USAGE_HOURS.PROVIDER),
                            r.get(USAGE_HOURS.MODEL),
                            totals(r))));
  }

  /** The value by which keys are sorted, highest first. */
  public enum Order implements StoredEnum {
    CALLS,
    COST
  }

  /**
   * The usage of a key, which may have been deleted since; {@code name} is its last name in the
   * period.
   */
  public record KeyTotals(UUID keyId, String name, String provider, UsageTotals totals) {}

  /**
   * The keys with the most calls or the highest cost since the first day of the range, in UTC,
   * among those that were in the top {@value #MAX_KEYS_PER_DAY} of at least one day.
   */
  public List<KeyTotals> topKeys(UUID workspace, UsageRange range, Order order, int limit) {
    return database.read(dsl -> topKeys(dsl, workspace, range, order, limit));
  }

  static List<KeyTotals> topKeys(
      DSLContext dsl, UUID workspace, UsageRange range, Order order, int limit) {
    var by = order == Order.CALLS ? USAGE_KEY_DAYS.CALLS : USAGE_KEY_DAYS.COST;
    var name = arrayGet(arrayAgg(USAGE_KEY_DAYS.KEY_NAME).orderBy(USAGE_KEY_DAYS.DAY.desc()), 1);
    var provider = max(USAGE_KEY_DAYS.PROVIDER);
    // An index sorts the keys of each day. The days have no time zone, because in the zone of the
    // session clocks may change at midnight.
    var first =
        table(
            """
            (select key_id
               from generate_series({0}::timestamp, {1}::timestamp, interval '1 day') as day,
                    lateral (select key_id, {3} as used from usage_key_days
                              where workspace_id = {2} and usage_key_days.day = day.day::date
                              order by {3} desc, key_id limit {4}) as top
              group by key_id order by sum(used) desc, key_id limit {5}) as first\
            """,
            val(range.firstDay()),
            val(LocalDate.ofInstant(range.to(), ZoneOffset.UTC)),
            val(workspace),
            by.getUnqualifiedName(),
            val(MAX_KEYS_PER_DAY),
            inline(MAX_SUMMED));
    // Reads each key separately: without statistics, the planner would read all days of all keys.
    var days =
        lateral(
                select(USAGE_KEY_DAYS.fields())
                    .from(USAGE_KEY_DAYS)
                    .where(
                        USAGE_KEY_DAYS.KEY_ID.eq(field("first.key_id", UUID.class)),
                        USAGE_KEY_DAYS.DAY.ge(range.firstDay()))
                    .offset(inline(0)))
            .as(USAGE_KEY_DAYS);
    return dsl.select(USAGE_KEY_DAYS.KEY_ID, name, provider)
        .select(sums(USAGE_KEY_DAYS))
        .from(first)
        .crossJoin(days)
        .groupBy(USAGE_KEY_DAYS.KEY_ID)
        .having(sum(USAGE_KEY_DAYS.CALLS).gt(BigDecimal.ZERO))
        .orderBy(sum(by).desc(), sum(USAGE_KEY_DAYS.CALLS).desc(), USAGE_KEY_DAYS.KEY_ID.asc())
        .limit(limit)
        .fetch(
            r ->
                new KeyTotals(
                    r.get(USAGE_KEY_DAYS.KEY_ID), r.get(name), r.get(provider), totals(r)));
  }

  /** Whether the sums contain a call of the workspace. */
  public boolean hasCalls(UUID workspace) {
    return database.read(
        dsl -> dsl.fetchExists(USAGE_HOURS, USAGE_HOURS.WORKSPACE_ID.eq(workspace)));
  }

  /** The usage of the last 24 hours, including the current hour. */
  public LastDay lastDay(UUID workspace, Instant now) {
    var range = UsageRange.hours(LastDay.HOURS, now);
    return LastDay.of(slots(workspace, range), range);
  }

  /**
   * Calls by UTC day over the last 7 days, oldest first, for each of the keys, in one query. The
   * caller must have checked that the keys belong to its workspace.
   */
  public Map<UUID, List<Long>> lastWeek(Collection<UUID> keys, Instant now) {
    var first = UsageRange.days(DAYS_PER_WEEK, now).firstDay();
    var lines = new HashMap<UUID, long[]>();
    keys.forEach(key -> lines.put(key, new long[DAYS_PER_WEEK]));
    database
        .read(
            dsl ->
                dsl.select(USAGE_KEY_DAYS.KEY_ID, USAGE_KEY_DAYS.DAY, USAGE_KEY_DAYS.CALLS)
                    .from(USAGE_KEY_DAYS)
                    .where(USAGE_KEY_DAYS.KEY_ID.in(keys), USAGE_KEY_DAYS.DAY.ge(first))
                    .fetch())
        .forEach(
            r -> {
              int day = (int) (r.value2().toEpochDay() - first.toEpochDay());
              if (day < DAYS_PER_WEEK) {
                lines.computeIfAbsent(r.value1(), _ -> new long[DAYS_PER_WEEK])[day] += r.value3();
              }
            });
    var result = new HashMap<UUID, List<Long>>();
    lines.forEach((key, line) -> result.put(key, Arrays.stream(line).boxed().toList()));
    return result;
  }

  /** The sum of each column, under its name. */
  private static List<Field<BigDecimal>> sums(Table<?> table) {
    return SUMMED.stream()
        .map(column -> sum(requireNonNull(table.field(column))).as(column))
        .toList();
  }

  private static UsageTotals totals(Record r) {
    return new UsageTotals(
        r.get(USAGE_HOURS.CALLS, Long.class),
        r.get(USAGE_HOURS.OK, Long.class),
        r.get(USAGE_HOURS.FAILED, Long.class),
        r.get(USAGE_HOURS.UNKNOWN, Long.class),
        r.get(USAGE_HOURS.PROMPT_TOKENS, Long.class),
        r.get(USAGE_HOURS.COMPLETION_TOKENS, Long.class),
        r.get(USAGE_HOURS.COST, BigDecimal.class),
        r.get(USAGE_HOURS.LATENCY_MS, Long.class));
  }
}
