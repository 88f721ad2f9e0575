package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;

import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.problem.NotFound;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * The execution log. A stream (a run, a recovery) numbers its lines 1..n: the number is given in
 * the transaction that writes the line, under a lock of the stream's row, so a reader after a
 * cursor misses nothing. Because of that lock a transaction appends as the last thing it does.
 */
public final class ExecutionLog {
  private static final int TEXT_PAGE = 1_000;

  private final Database database;
  private final LogQueries queries = new LogQueries();

  public ExecutionLog(Database database) {
    this.database = database;
  }

  /** Makes an empty stream. A stream that is there already stays as it is. */
  public void open(Tx tx, UUID streamId, UUID workspace, StreamKind kind) {
    tx.dsl()
        .insertInto(EVENT_STREAMS)
        .columns(EVENT_STREAMS.ID, EVENT_STREAMS.WORKSPACE_ID, EVENT_STREAMS.KIND)
        .values(streamId, workspace, kind.word())
        .onConflictDoNothing()
        .execute();
  }

  /**
   * Writes lines in the order given. Holds the stream's lock until the transaction ends.
   *
   * @throws IllegalStateException when the stream was never opened
   */
  public void append(Tx tx, UUID streamId, Instant at, List<LogLine> lines) {
    if (lines.isEmpty()) {
      return;
    }
    var stream =
        tx.dsl()
            .update(EVENT_STREAMS)
            .set(EVENT_STREAMS.LAST_SEQ, EVENT_STREAMS.LAST_SEQ.plus(lines.size()))
            .where(EVENT_STREAMS.ID.eq(streamId))
            .returningResult(EVENT_STREAMS.LAST_SEQ, EVENT_STREAMS.WORKSPACE_ID)
            .fetchOne();
    if (stream == null) {
      throw new IllegalStateException("No log stream " + streamId);
    }
    long seq = stream.value1() - lines.size();
    var insert =
        tx.dsl()
            .insertInto(EVENTS)
            .columns(
                EVENTS.STREAM_ID,
                EVENTS.SEQ,
                EVENTS.WORKSPACE_ID,
                EVENTS.AT,
                EVENTS.LEVEL,
                EVENTS.CODE,
                EVENTS.MESSAGE,
                EVENTS.ORDINAL,
                EVENTS.KEY_ID,
                EVENTS.DATA);
    for (var line : lines) {
      insert =
          insert.values(
              streamId,
              ++seq,
              stream.value2(),
              at,
              line.level().word(),
              line.code(),
              line.message(),
              line.ordinal(),
              line.keyId(),
              Json.jsonb(line.data()));
    }
    insert.execute();
  }

  /** Lines after {@code seq} (0: from the start), at most {@code limit}, in order. */
  public List<LoggedLine> after(UUID workspace, UUID streamId, long seq, int limit) {
    return database.read(dsl -> queries.after(dsl, workspace, streamId, seq, limit));
  }

  /** Lines before {@code seq}, the nearest {@code limit} of them, in order. */
  public List<LoggedLine> before(UUID workspace, UUID streamId, long seq, int limit) {
    return database.read(dsl -> queries.before(dsl, workspace, streamId, seq, limit));
  }

  /** The newest {@code limit} lines of a stream, in order. */
  public List<LoggedLine> last(UUID workspace, UUID streamId, int limit) {
    return before(workspace, streamId, Long.MAX_VALUE, limit);
  }

  /** The newest {@code limit} lines over all streams that the filter lets through, in order. */
  public LogPage newest(UUID workspace, LogFilter filter, int limit) {
    return database.read(dsl -> queries.newest(dsl, workspace, filter, limit));
  }

  /** The lines that came after a page, at most {@code limit}; the rest with the next call. */
  public LogPage since(UUID workspace, LogFilter filter, LogPage.Cursor cursor, int limit) {
    return database.read(dsl -> queries.since(dsl, workspace, filter, cursor, limit));
  }

  /**
   * The whole stream as text: one line an event, the message alone, each ended by a line feed.
   *
   * @throws NotFound when the workspace has no such stream
   */
  public void writeText(UUID workspace, UUID streamId, Appendable out) {
    if (!database.read(dsl -> queries.exists(dsl, workspace, streamId))) {
      throw new NotFound("There is no log with this number.");
    }
    long seq = 0;
    List<LoggedLine> lines;
    do {
      lines = after(workspace, streamId, seq, TEXT_PAGE);
      for (var line : lines) {
        write(line, out);
        seq = line.seq();
      }
    } while (lines.size() == TEXT_PAGE);
  }

  private static void write(LoggedLine line, Appendable out) {
    try {
      out.append(line.message()).append('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
