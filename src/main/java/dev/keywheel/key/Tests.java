package dev.keywheel.key;

import static dev.keywheel.db.schema.Tables.API_KEYS;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.ApiKeysRecord;
import dev.keywheel.key.CheckVerdict.Good;
import dev.keywheel.key.CheckVerdict.Malformed;
import dev.keywheel.key.CheckVerdict.Refused401;
import dev.keywheel.key.CheckVerdict.Unknown;
import dev.keywheel.key.KeyStates.Move;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * Writes what a test teaches beside the state: when it was, what the provider said, whose key it
 * is.
 */
final class Tests {
  private Tests() {}

  static void write(Tx tx, List<Move> moves, Map<UUID, CheckVerdict> verdicts, Instant now) {
    var good = new ArrayList<ApiKeysRecord>();
    var others = new ArrayList<ApiKeysRecord>();
    for (Move move : moves) {
      CheckVerdict verdict = Objects.requireNonNull(verdicts.get(move.before().key().id()));
      switch (verdict) {
        case Good g -> good.add(good(row(move.before(), verdict, now), move.before(), g));
        case Refused401 r -> others.add(row(move.before(), verdict, now));
        case Malformed m -> others.add(row(move.before(), verdict, now));
        case Unknown u -> {}
      }
    }
    tx.dsl().batchUpdate(good).execute();
    tx.dsl().batchUpdate(others).execute();
  }

  /** The account that an answer to a call has named. */
  static void account(Tx tx, Held held) {
    tx.dsl()
        .update(API_KEYS)
        .set(API_KEYS.ACCOUNT, held.account())
        .set(API_KEYS.ACCOUNT_SOURCE, "learnt")
        .where(API_KEYS.ID.eq(held.key().id()))
        .execute();
  }

  private static ApiKeysRecord good(ApiKeysRecord row, Held held, Good good) {
    row.setFacts(Json.jsonb(good.facts()));
    row.setAccount(held.account());
    row.setAccountSource(held.account() == null ? null : held.accountTyped() ? "typed" : "learnt");
    return row;
  }

  private static ApiKeysRecord row(Held held, CheckVerdict verdict, Instant now) {
    var row = new ApiKeysRecord();
    row.setId(held.key().id());
    row.changed(API_KEYS.ID, false);
    row.setLastTestedAt(now);
    row.setLastLatencyMs(verdict.latencyMs());
    return row;
  }
}
