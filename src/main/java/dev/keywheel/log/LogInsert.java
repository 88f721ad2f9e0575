package dev.keywheel.log;

import static dev.keywheel.db.query.Columns.code;
import static dev.keywheel.db.query.Columns.column;
import static dev.keywheel.db.query.Columns.json;
import static dev.keywheel.db.query.Columns.text;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Columns;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Inserts lines: one statement writes a whole batch. */
final class LogInsert {
  private static final Columns<LogLine> LINE =
      Columns.of(
          code("level", LogLine::level),
          text("code", LogLine::code),
          text("message", LogLine::message),
          column("ordinal", Integer.class, LogLine::ordinal),
          column("key_id", UUID.class, LogLine::keyId),
          json("data", LogLine::data));

  private LogInsert() {}

  /**
   * Numbers and writes the lines; returns how many, 0 if the stream does not exist. Readers of all
   * streams rely on the order: first the lock of {@link LogHorizon}, then the stream's row, then
   * the position.
   */
  static int into(Tx tx, UUID streamId, Instant at, List<LogLine> lines) {
    return tx.dsl()
        .execute(
            """
            with writer as materialized (
              select pg_advisory_xact_lock_shared({4}, (last_value & 2147483647)::int)
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
                   {3} with ordinality as v(level, code, message, ordinal, key_id, data, n)
             order by v.n
            """,
            val(streamId), val(lines.size()), val(at), LINE.unnest(lines), val(LogHorizon.WRITERS));
  }
}
