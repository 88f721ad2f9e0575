package dev.keywheel.log;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Inserts lines. Passing arrays keeps the SQL text constant, and one statement writes a whole
 * batch.
 */
final class LogInsert {
  private LogInsert() {}

  /**
   * Numbers and writes the lines; returns how many, 0 if the stream does not exist. Readers of all
   * streams rely on the order: first the lock of {@link LogHorizon}, then the stream's row, then
   * the position.
   */
  static int into(Tx tx, UUID streamId, Instant at, List<LogLine> lines) {
    int n = lines.size();
    var levels = new String[n];
    var codes = new String[n];
    var messages = new String[n];
    var ordinals = new @Nullable Integer[n];
    var keys = new @Nullable UUID[n];
    var data = new String[n];
    for (int i = 0; i < n; i++) {
      var line = lines.get(i);
      levels[i] = line.level().code();
      codes[i] = line.code();
      messages[i] = line.message();
      ordinals[i] = line.ordinal();
      keys[i] = line.keyId();
      data[i] = Json.jsonb(line.data()).data();
    }
    return tx.dsl()
        .execute(
            """
            with writer as materialized (
              select pg_advisory_xact_lock_shared({9}, (last_value & 2147483647)::int)
                from event_positions),
            stream as (
              update event_streams set last_seq = last_seq + {1} from writer where id = {0}
              returning id, workspace_id, last_seq - {1} as before,
                        nextval('event_positions') as position)
            insert into events (stream_id, seq, workspace_id, at, level, code, message, ordinal,
                                key_id, data, position)
            select s.id, s.before + v.n, s.workspace_id, {2}, v.level, v.code, v.message,
                   v.ordinal, v.key_id, v.data::jsonb, s.position
              from stream s,
                   unnest({3}::text[], {4}::text[], {5}::text[], {6}::int[], {7}::uuid[],
                          {8}::text[])
                   with ordinality as v(level, code, message, ordinal, key_id, data, n)
             order by v.n
            """,
            val(streamId),
            val(n),
            val(at),
            val(levels),
            val(codes),
            val(messages),
            val(ordinals),
            val(keys),
            val(data),
            val(LogHorizon.WRITERS));
  }
}
