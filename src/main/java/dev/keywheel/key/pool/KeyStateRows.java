package dev.keywheel.key.pool;

import static dev.keywheel.db.query.Columns.code;
import static dev.keywheel.db.query.Columns.column;
import static dev.keywheel.db.query.Columns.json;
import static dev.keywheel.db.query.Columns.text;
import static org.jooq.impl.DSL.sql;

import dev.keywheel.db.query.Columns;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.QueryPart;
import org.jspecify.annotations.Nullable;

/** The new states of keys as a table {@code v} of a statement, sent as an array for each column. */
final class KeyStateRows {
  /** The assignments of the columns of a state, except the time of the next check. */
  static final String SETS =
      """
      enabled = v.enabled, failure = v.failure::jsonb, limits = v.limits::jsonb,
      backoff_steps = v.steps::jsonb, status = v.status, reason = v.reason,
      evidence = v.evidence::jsonb, until = v.until,
      usable_free = v.free, usable_paid = v.paid, status_since = v.since\
      """;

  private static final Columns<Row> ROW =
      Columns.of(
          column("id", UUID.class, Row::id),
          column("enabled", Boolean.class, Row::enabled),
          json("failure", Row::failure),
          json("limits", Row::limits),
          json("steps", Row::steps),
          text("status", Row::status),
          code("reason", Row::reason),
          json("evidence", Row::evidence),
          column("until", Instant.class, Row::until),
          column("due", Instant.class, Row::due),
          column("keep_due", Boolean.class, Row::keepDue),
          column("free", Boolean.class, Row::free),
          column("paid", Boolean.class, Row::paid),
          column("since", Instant.class, Row::since),
          column("latency", Integer.class, ofFacts(CheckFacts::latency)),
          json("facts", ofFacts(CheckFacts::facts)),
          text("account", ofFacts(CheckFacts::account)),
          text("source", ofFacts(CheckFacts::source)));

  private KeyStateRows() {}

  /** A table {@code v} with a row for each move. */
  static QueryPart of(List<Move> moves, Map<UUID, CheckFacts> checks, Instant now) {
    var rows = moves.stream().map(move -> row(move, checks.get(move.keyId()), now)).toList();
    return sql("{0} as v(" + ROW.names() + ")", ROW.unnest(rows));
  }

  /**
   * A row of the table.
   *
   * @param keepDue whether the next check keeps its time: the key stays failed and was not checked
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

  private static <V> Function<Row, @Nullable V> ofFacts(Function<CheckFacts, @Nullable V> value) {
    return row -> row.facts() == null ? null : value.apply(row.facts());
  }

  private static Row row(Move move, @Nullable CheckFacts facts, Instant now) {
    KeyState next = move.next();
    KeyState.ShownStatus shown = move.shown();
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
        shown.status() == key.status() ? key.statusSince() : since(next, now),
        facts);
  }

  /** When a changed status began: a key that was disabled may have failed before. */
  private static Instant since(KeyState next, Instant now) {
    return next.enabled() && next.failure() != null ? next.failure().since() : now;
  }

  /** When the key is checked again automatically; empty when it is not. */
  private static Optional<Instant> due(Move move, @Nullable CheckFacts facts, Instant now) {
    LockedKey.Row key = move.before().key();
    if (move.shown().status() == KeyStatus.FAILED) {
      boolean failedBefore = key.status() == KeyStatus.FAILED;
      Instant since = failedBefore ? key.statusSince() : now;
      return Optional.of(RecheckSchedule.ofFailed(key.id(), since, now));
    }
    Optional<Instant> due = move.next().checkDue();
    Instant untested = key.untestedSince();
    if (due.isPresent() || untested == null || !move.next().enabled()) {
      return due;
    }
    boolean tested = facts != null && facts.conclusive();
    return tested ? due : Optional.of(RecheckSchedule.ofUntested(untested, now));
  }
}
