package dev.keywheel.key.pool;

import static org.jooq.impl.DSL.val;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.Failure;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Limit;
import dev.keywheel.key.state.RecheckSchedule;
import dev.keywheel.key.state.StatusChange;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** Writes the states of keys, and a line of history for each change of status or reason. */
public final class KeyStateWriter {
  /** Sets the columns of a state, but for the next check, to those of {@link #ROWS}. */
  static final String STATE =
      """
      enabled = v.enabled, failure = v.failure, limits = v.limits,
      backoff_steps = v.steps, status = v.status, reason = v.reason,
      evidence = v.evidence, until = v.until,
      usable_free = v.free, usable_paid = v.paid, status_since = v.since""";

  /** A row for each move, in the parameter {0}. */
  static final String ROWS =
      """
      jsonb_to_recordset({0}) as v(
           id uuid, enabled boolean, failure jsonb, limits jsonb, steps jsonb,
           status text, reason text, evidence jsonb, until timestamptz,
           due timestamptz, keep_due boolean, free boolean, paid boolean, since timestamptz,
           checked boolean, latency integer, facts jsonb, account text, source text)""";

  private KeyStateWriter() {}

  /** The change of one key from one state to the next. */
  public record Move(LockedKey before, KeyState next) {
    KeyState.Shown shown() {
      return next.shown(before.text());
    }

    UUID keyId() {
      return before.key().id();
    }

    boolean changes() {
      return !next.equals(before.state());
    }

    StatusChange change() {
      var shown = shown();
      return new StatusChange(before.key().status(), shown.status(), reason(), shown.until());
    }

    /** Whether the history gets a line: more changed than the time of a check. */
    boolean tells() {
      return before.key().status() != shown().status()
          || !reasons(before.state()).equals(reasons(next));
    }

    /** The reason that came, else the one that was lifted; null when neither. */
    @Nullable KeyReason reason() {
      KeyReason held = heldBy();
      if (held != null) {
        return held;
      }
      Set<KeyReason> went = reasons(before.state());
      went.removeAll(reasons(next));
      return went.stream().findFirst().orElse(null);
    }

    /** The reason that holds the key back, a new one first; null when none does. */
    @Nullable KeyReason heldBy() {
      Set<KeyReason> came = reasons(next);
      came.removeAll(reasons(before.state()));
      return came.isEmpty() ? shown().reason() : came.iterator().next();
    }

    private static Set<KeyReason> reasons(KeyState state) {
      var reasons = EnumSet.noneOf(KeyReason.class);
      state.limits().forEach(limit -> reasons.add(limit.reason()));
      if (state.failure() != null) {
        reasons.add(state.failure().reason());
      }
      return reasons;
    }
  }

  /**
   * Writes all moves in two statements.
   *
   * @param lifted why keys are usable again that were not before
   */
  public static void write(
      Tx tx, List<Move> moves, Map<UUID, Evidence> seen, Instant now, Actor by, KeyReason lifted) {
    write(tx, moves, Map.of(), seen, now, by, lifted);
  }

  /**
   * As above, and also stores the facts from the checks.
   *
   * @param checks of these keys, which are written even when their state does not change
   */
  static void write(
      Tx tx,
      List<Move> moves,
      Map<UUID, CheckFacts> checks,
      Map<UUID, Evidence> seen,
      Instant now,
      Actor by,
      KeyReason lifted) {
    update(
        tx,
        moves.stream().filter(move -> move.changes() || checks.containsKey(move.keyId())).toList(),
        checks,
        now);
    List<ChangeRow> rows =
        moves.stream()
            .filter(move -> move.changes() && move.tells())
            .map(move -> changeRow(move, seen, lifted))
            .toList();
    insert(tx, rows, now, by);
  }

  /** Writes the derived columns again, without a change of state. */
  static void rewrite(Tx tx, List<Move> moves, Instant now) {
    update(tx, moves, Map.of(), now);
  }

  private static void update(Tx tx, List<Move> moves, Map<UUID, CheckFacts> checks, Instant now) {
    if (moves.isEmpty()) {
      return;
    }
    tx.dsl()
        .execute(
            """
            update api_keys as k
               set %s,
                   check_due = case when v.keep_due then k.check_due else v.due end,
                   checked_at = case when v.checked then {1} else k.checked_at end,
                   last_tested_at = case when v.latency is null then k.last_tested_at else {1} end,
                   last_latency_ms = coalesce(v.latency, k.last_latency_ms),
                   facts = coalesce(v.facts, k.facts),
                   account = case when v.facts is null then k.account else v.account end,
                   account_source =
                     case when v.facts is null then k.account_source else v.source end
              from %s
             where k.id = v.id
            """
                .formatted(STATE, ROWS),
            rows(moves, checks, now),
            val(now));
  }

  /** The parameter of {@link #ROWS}. */
  private static Field<?> rows(List<Move> moves, Map<UUID, CheckFacts> checks, Instant now) {
    return val(
        Json.jsonb(moves.stream().map(move -> row(move, checks.get(move.keyId()), now)).toList()));
  }

  /** As above, of keys without a check. */
  static Field<?> rows(List<Move> moves, Instant now) {
    return rows(moves, Map.of(), now);
  }

  /**
   * A row of the statement above.
   *
   * @param keepDue for a key that stays failed and was not checked
   * @param facts null for a key that was not checked
   */
  @JsonInclude(JsonInclude.Include.NON_NULL) // a missing column is null, and less to parse
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
      @JsonProperty("keep_due") boolean keepDue,
      boolean free,
      boolean paid,
      Instant since,
      boolean checked,
      @JsonUnwrapped @Nullable CheckFacts facts) {}

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
        facts != null,
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

  private static void insert(Tx tx, List<ChangeRow> rows, Instant now, Actor by) {
    if (rows.isEmpty()) {
      return;
    }
    tx.dsl()
        .execute(
            """
            insert into key_changes (key_id, at, kind, from_status, to_status, reason, evidence,
                                     actor, run_id, recovery_id, change_id)
            select v.id, {1}, v.kind, v.before, v.after, v.reason, v.evidence, {2}, {3}, {4}, {5}
              from jsonb_to_recordset({0}) as v(
                   id uuid, kind text, before text, after text, reason text, evidence jsonb)
            """,
            val(Json.jsonb(rows)),
            val(now),
            val(by.actor()),
            val(by.runId(), SQLDataType.UUID),
            val(by.recoveryId(), SQLDataType.UUID),
            val(by.changeId(), SQLDataType.UUID));
  }

  /** A row of the statement above. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record ChangeRow(
      UUID id,
      String kind,
      String before,
      String after,
      @Nullable KeyReason reason,
      @Nullable Evidence evidence) {}

  private static ChangeRow changeRow(Move move, Map<UUID, Evidence> seen, KeyReason lifted) {
    KeyReason held = move.heldBy();
    LockedKey.Row key = move.before().key();
    boolean switched = move.next().enabled() != move.before().state().enabled();
    return new ChangeRow(
        key.id(),
        !switched ? "status" : move.next().enabled() ? "enabled" : "disabled",
        key.status().code(),
        move.shown().status().code(),
        held == null ? lifted : held,
        seen.get(key.id()));
  }
}
