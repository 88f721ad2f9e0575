package dev.keywheel.key.pool;

import static dev.keywheel.db.query.Columns.code;
import static dev.keywheel.db.query.Columns.column;
import static dev.keywheel.db.query.Columns.json;
import static dev.keywheel.db.query.Columns.text;
import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Columns;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.Limit;
import dev.keywheel.key.state.StatusChange;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** Writes the states of keys, and a history row for each change of status or reason. */
public final class KeyStateWriter {
  private static final Columns<ChangeRow> CHANGE =
      Columns.of(
          column("id", UUID.class, ChangeRow::id),
          text("kind", ChangeRow::kind),
          text("before", ChangeRow::before),
          text("after", ChangeRow::after),
          code("reason", ChangeRow::reason),
          json("evidence", ChangeRow::evidence));

  private KeyStateWriter() {}

  /** The change of one key from one state to the next. */
  public record Move(LockedKey before, KeyState next, KeyState.ShownStatus shown) {
    public Move(LockedKey before, KeyState next) {
      this(before, next, next.shown(before.text()));
    }

    /** The move after a call; the limit of an account may name the account. */
    static Move after(LockedKey row, CallOutcome outcome, ModelClass models, Instant now) {
      LockedKey named =
          outcome instanceof CallOutcome.KeyLimited limited && row.key().account() == null
              ? row.learning(limited.account())
              : row;
      return new Move(named, row.state().after(outcome, models, now));
    }

    /** The move after a check; if the key is accepted, the check may report its account. */
    static Move after(LockedKey row, KeyCheckResult checked, Instant now) {
      CheckOutcome outcome = checked.outcome();
      LockedKey named =
          outcome instanceof CheckOutcome.Accepted accepted
              ? row.learning(accepted.facts().account())
              : row;
      return new Move(named, row.state().after(outcome, now));
    }

    /** The first new limit of each account that has reached a limit. */
    static Map<String, Limit> limitsOfAccounts(List<Move> moves) {
      Map<String, Limit> reached = new LinkedHashMap<>();
      for (Move move : moves) {
        String account = move.before().account();
        if (account != null) {
          move.next()
              .newAccountLimit(move.before().state())
              .ifPresent(limit -> reached.putIfAbsent(account, limit));
        }
      }
      return reached;
    }

    UUID keyId() {
      return before.key().id();
    }

    boolean changes() {
      return !next.equals(before.state());
    }

    StatusChange change() {
      return new StatusChange(before.key().status(), shown.status(), reason(), shown.until());
    }

    /** Whether the change is written to the history: the status or a reason has changed. */
    boolean belongsInHistory() {
      return before.key().status() != shown.status()
          || !reasons(before.state()).equals(reasons(next));
    }

    /** The reason that holds the key back, otherwise a lifted reason; null without either. */
    @Nullable KeyReason reason() {
      KeyReason held = heldBy();
      if (held != null) {
        return held;
      }
      Set<KeyReason> went = reasons(before.state());
      went.removeAll(reasons(next));
      return went.stream().findFirst().orElse(null);
    }

    /** A new reason that holds the key back, otherwise the shown reason; null without either. */
    @Nullable KeyReason heldBy() {
      Set<KeyReason> came = reasons(next);
      came.removeAll(reasons(before.state()));
      return came.isEmpty() ? shown.reason() : came.iterator().next();
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
   * Writes the moves that change a state, in two statements.
   *
   * @param seen the evidence of each change, by key id
   * @param lifted the reason in the history of keys that no limit or failure holds back any longer
   */
  public static void write(
      Tx tx, List<Move> moves, Map<UUID, Evidence> seen, Instant now, Actor by, KeyReason lifted) {
    write(tx, moves, Map.of(), seen, now, by, lifted);
  }

  /**
   * Like the public method, but also stores the facts from checks.
   *
   * @param checks the facts by key id; these keys are written even if their state does not change
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
            .filter(move -> move.changes() && move.belongsInHistory())
            .map(move -> changeRow(move, seen, lifted))
            .toList();
    insert(tx, rows, now, by);
  }

  /** Writes the account that the provider has just named. */
  static void learnAccount(Tx tx, LockedKey lockedKey) {
    tx.dsl()
        .update(API_KEYS)
        .set(API_KEYS.ACCOUNT, lockedKey.account())
        .set(API_KEYS.ACCOUNT_SOURCE, "learnt")
        .where(API_KEYS.ID.eq(lockedKey.key().id()))
        .execute();
  }

  /** Derives and writes the shown status again, without a change of state. */
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
                   last_tested_at = case when v.latency is null then k.last_tested_at else {1} end,
                   last_latency_ms = coalesce(v.latency, k.last_latency_ms),
                   facts = coalesce(v.facts::jsonb, k.facts),
                   account = case when v.facts is null then k.account else v.account end,
                   account_source =
                     case when v.facts is null then k.account_source else v.source end
              from {0}
             where k.id = v.id
            """
                .formatted(KeyStateRows.SETS),
            KeyStateRows.of(moves, checks, now),
            val(now));
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
            select id, {1}, kind, before, after, reason, evidence::jsonb, {2}, {3}, {4}, {5}
              from {0}
            """,
            CHANGE.table(rows),
            val(now),
            val(by.actor()),
            val(by.runId(), SQLDataType.UUID),
            val(by.recoveryId(), SQLDataType.UUID),
            val(by.changeId(), SQLDataType.UUID));
  }

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
