package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyStateWriter.Move;
import dev.keywheel.key.state.KeyCheckResult;
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
 * Writes what a test teaches beside the state: when it was, what the provider said, whose key it
 * is. A key that was failed already is checked again after as long as it has been failed, from 15
 * minutes to a day; up to a tenth more, different for each key, spreads them.
 */
final class KeyFactsWriter {
  private KeyFactsWriter() {}

  static void write(Tx tx, List<Move> moves, Map<UUID, KeyCheckResult> results, Instant now) {
    List<Row> rows =
        moves.stream()
            .map(
                move -> {
                  LockedKey lockedKey = move.before();
                  return row(lockedKey, Objects.requireNonNull(results.get(lockedKey.key().id())));
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
                   check_due = case when k.status = 'failed' then {1}
                       + least(greatest({1} - k.status_since, interval '15 minutes'),
                               interval '24 hours')
                       * (1 + (abs(hashtext(k.id::text)) % 100) / 1000.0)
                     else k.check_due end,
                   facts = coalesce(v.facts, k.facts),
                   account = case when v.facts is null then k.account else v.account end,
                   account_source =
                     case when v.facts is null then k.account_source else v.source end
              from jsonb_to_recordset({0}) as v(
                   id uuid, latency integer, facts jsonb, account text, source text)
             where k.id = v.id
            """,
            val(Json.jsonb(rows)), val(now));
  }

  /** The account that an answer to a call has named. */
  static void account(Tx tx, LockedKey lockedKey) {
    tx.dsl()
        .update(API_KEYS)
        .set(API_KEYS.ACCOUNT, lockedKey.account())
        .set(API_KEYS.ACCOUNT_SOURCE, "learnt")
        .where(API_KEYS.ID.eq(lockedKey.key().id()))
        .execute();
  }

  /**
   * What a test changes, by the names in the statement above; facts only of a key that works.
   *
   * @param latency null when the test learnt nothing
   */
  private record Row(
      UUID id,
      @Nullable Integer latency,
      @Nullable KeyInfo facts,
      @Nullable String account,
      @Nullable String source) {}

  private static Row row(LockedKey lockedKey, KeyCheckResult result) {
    UUID id = lockedKey.key().id();
    return switch (result.outcome()) {
      case Accepted accepted -> accepted(id, lockedKey, accepted);
      case Unauthorized refused -> new Row(id, refused.latencyMs(), null, null, null);
      case Malformed malformed -> new Row(id, malformed.latencyMs(), null, null, null);
      case Inconclusive _ -> new Row(id, null, null, null, null);
    };
  }

  private static Row accepted(UUID id, LockedKey lockedKey, Accepted outcome) {
    String source =
        lockedKey.account() == null ? null : lockedKey.accountTyped() ? "typed" : "learnt";
    return new Row(id, outcome.latencyMs(), outcome.facts(), lockedKey.account(), source);
  }
}
