package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyStateWriter.Move;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.RecheckSchedule;
import dev.keywheel.provider.CheckOutcome.Accepted;
import dev.keywheel.provider.CheckOutcome.Inconclusive;
import dev.keywheel.provider.CheckOutcome.Malformed;
import dev.keywheel.provider.CheckOutcome.Unauthorized;
import dev.keywheel.provider.KeyInfo;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a test shows besides the state: its time, what the provider said, the account, and
 * for a key that was failed before, when its next check is due.
 */
final class KeyFactsWriter {
  private KeyFactsWriter() {}

  static void write(Tx tx, List<Move> moves, Map<UUID, KeyCheckResult> results, Instant now) {
    List<Row> rows =
        moves.stream()
            .map(
                move -> {
                  LockedKey lockedKey = move.before();
                  return row(
                      lockedKey, Objects.requireNonNull(results.get(lockedKey.key().id())), now);
                })
            .toList();
    if (rows.isEmpty()) {
      return;
    }
    tx.dsl()
        .execute(
            """
            update api_keys as k
               set checked_at = {1},
                   last_tested_at = case when v.latency is null then k.last_tested_at else {1} end,
                   last_latency_ms = coalesce(v.latency, k.last_latency_ms),
                   check_due = coalesce(v.due, k.check_due),
                   facts = coalesce(v.facts, k.facts),
                   account = case when v.facts is null then k.account else v.account end,
                   account_source =
                     case when v.facts is null then k.account_source else v.source end
              from jsonb_to_recordset({0}) as v(
                   id uuid, due timestamptz, latency integer, facts jsonb, account text, source text)
             where k.id = v.id
            """,
            val(Json.jsonb(rows)), val(now));
  }

  /** Stores the account that the answer to a call named. */
  static void account(Tx tx, LockedKey lockedKey) {
    tx.dsl()
        .update(API_KEYS)
        .set(API_KEYS.ACCOUNT, lockedKey.account())
        .set(API_KEYS.ACCOUNT_SOURCE, "learnt")
        .where(API_KEYS.ID.eq(lockedKey.key().id()))
        .execute();
  }

  /**
   * A row of the statement above; facts only for an accepted key.
   *
   * @param due null leaves it as it is
   * @param latency null for an inconclusive test
   */
  private record Row(
      UUID id,
      @Nullable Instant due,
      @Nullable Integer latency,
      @Nullable KeyInfo facts,
      @Nullable String account,
      @Nullable String source) {}

  private static Row row(LockedKey lockedKey, KeyCheckResult result, Instant now) {
    UUID id = lockedKey.key().id();
    Instant due =
        lockedKey.key().status() == KeyStatus.FAILED
            ? RecheckSchedule.ofFailed(id, lockedKey.key().statusSince(), now)
            : null;
    return switch (result.outcome()) {
      case Accepted accepted -> accepted(id, due, lockedKey, accepted);
      case Unauthorized refused -> new Row(id, due, refused.latencyMs(), null, null, null);
      case Malformed malformed -> new Row(id, due, malformed.latencyMs(), null, null, null);
      case Inconclusive _ -> new Row(id, due, null, null, null, null);
    };
  }

  private static Row accepted(
      UUID id, @Nullable Instant due, LockedKey lockedKey, Accepted outcome) {
    String source =
        lockedKey.account() == null ? null : lockedKey.accountTyped() ? "typed" : "learnt";
    return new Row(id, due, outcome.latencyMs(), outcome.facts(), lockedKey.account(), source);
  }
}
