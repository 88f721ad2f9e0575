package dev.keywheel.key.pool;

import static org.jooq.impl.DSL.sql;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Json;
import dev.keywheel.key.pool.KeyStateWriter.Move;
import dev.keywheel.key.state.Failure;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Limit;
import dev.keywheel.key.state.RecheckSchedule;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jooq.Field;
import org.jooq.QueryPart;
import org.jspecify.annotations.Nullable;

/** The new states of keys as a table {@code v} of a statement, which is sent as its columns. */
final class StateTable {
  /** Sets the columns of a state, but for the next check, to those of the table. */
  static final String SETS =
      """
      enabled = v.enabled, failure = v.failure::jsonb, limits = v.limits::jsonb,
      backoff_steps = v.steps::jsonb, status = v.status, reason = v.reason,
      evidence = v.evidence::jsonb, until = v.until,
      usable_free = v.free, usable_paid = v.paid, status_since = v.since\
      """;

  private StateTable() {}

  /** A table {@code v} with a row for each move, of keys without a check. */
  static QueryPart of(List<Move> moves, Instant now) {
    return of(moves, Map.of(), now);
  }

  /** Arrays of columns: PostgreSQL reads them in half of the time that rows of JSON take. */
  static QueryPart of(List<Move> moves, Map<UUID, CheckFacts> checks, Instant now) {
    var rows = moves.stream().map(move -> row(move, checks.get(move.keyId()), now)).toList();
    var facts = rows.stream().map(row -> Optional.ofNullable(row.facts())).toList();
    return sql(
        """
        unnest({0}::uuid[], {1}::boolean[], {2}::text[], {3}::text[], {4}::text[], {5}::text[],
               {6}::text[], {7}::text[], {8}::timestamptz[], {9}::timestamptz[], {10}::boolean[],
               {11}::boolean[], {12}::boolean[], {13}::timestamptz[], {14}::boolean[],
               {15}::integer[], {16}::text[], {17}::text[], {18}::text[])
          as v(id, enabled, failure, limits, steps, status, reason, evidence, until, due, keep_due,
               free, paid, since, checked, latency, facts, account, source)\
        """,
        column(rows, UUID[]::new, Row::id),
        column(rows, Boolean[]::new, Row::enabled),
        json(rows, Row::failure),
        json(rows, Row::limits),
        json(rows, Row::steps),
        column(rows, String[]::new, Row::status),
        column(rows, String[]::new, row -> code(row.reason())),
        json(rows, Row::evidence),
        column(rows, Instant[]::new, Row::until),
        column(rows, Instant[]::new, Row::due),
        column(rows, Boolean[]::new, Row::keepDue),
        column(rows, Boolean[]::new, Row::free),
        column(rows, Boolean[]::new, Row::paid),
        column(rows, Instant[]::new, Row::since),
        column(facts, Boolean[]::new, Optional::isPresent),
        column(facts, Integer[]::new, of -> of.map(CheckFacts::latency).orElse(null)),
        json(facts, of -> of.map(CheckFacts::facts).orElse(null)),
        column(facts, String[]::new, of -> of.map(CheckFacts::account).orElse(null)),
        column(facts, String[]::new, of -> of.map(CheckFacts::source).orElse(null)));
  }

  static <R, T> Field<T[]> column(
      List<R> rows, IntFunction<T[]> array, Function<R, @Nullable T> value) {
    return val(rows.stream().map(value).toArray(array));
  }

  /** Equal values are written once: most keys have the same limits, steps and facts. */
  static <R> Field<String[]> json(List<R> rows, Function<R, @Nullable Object> value) {
    Map<Object, String> texts = new HashMap<>();
    return column(
        rows,
        String[]::new,
        row -> {
          Object of = value.apply(row);
          return of == null ? null : texts.computeIfAbsent(of, one -> Json.jsonb(one).data());
        });
  }

  static @Nullable String code(@Nullable KeyReason reason) {
    return reason == null ? null : reason.code();
  }

  /**
   * A row of the table.
   *
   * @param keepDue for a key that stays failed and was not checked
   * @param facts null for a key that was not checked
   */
  private record Row(
      UUID id,
      boolean enabled,
      @Nullable Failure failure,
      List<Limit> limits,
      Map<KeyReason, Integer> steps,
      String status,
      @Nullable KeyReason reason,
      @Nullable Evidence evidence,
      @Nullable Instant until,
      @Nullable Instant due,
      boolean keepDue,
      boolean free,
      boolean paid,
      Instant since,
      @Nullable CheckFacts facts) {}

  private static Row row(Move move, @Nullable CheckFacts facts, Instant now) {
    KeyState next = move.next();
    KeyState.Shown shown = move.shown();
    LockedKey.Row key = move.before().key();
    boolean failed = shown.status() == KeyStatus.FAILED;
    boolean failedBefore = key.status() == KeyStatus.FAILED;
    return new Row(
        key.id(),
        next.enabled(),
        next.failure(),
        next.limits(),
        next.backoffSteps(),
        shown.status().code(),
        shown.reason(),
        shown.evidence(),
        shown.until(),
        due(move, facts, now).orElse(null),
        failed && failedBefore && facts == null,
        next.usableFor(ModelClass.FREE),
        next.usableFor(ModelClass.PAID),
        shown.status() == key.status() ? key.statusSince() : now,
        facts);
  }

  /** When the key is checked again by itself; empty when it is not. */
  private static Optional<Instant> due(Move move, @Nullable CheckFacts facts, Instant now) {
    LockedKey.Row key = move.before().key();
    if (move.shown().status() == KeyStatus.FAILED) {
      boolean failedBefore = key.status() == KeyStatus.FAILED;
      Instant since = failedBefore ? key.statusSince() : now;
      return Optional.of(RecheckSchedule.ofFailed(key.id(), since, now));
    }
    Optional<Instant> due = move.next().checkDue(move.before().text());
    Instant untested = key.untestedSince();
    if (due.isPresent() || untested == null || !move.next().enabled()) {
      return due;
    }
    boolean tested = facts != null && facts.conclusive();
    return tested ? due : Optional.of(RecheckSchedule.ofUntested(untested, now));
  }
}
