package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.problem.NotFound;
import dev.keywheel.run.RunQueries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The execution log. A stream (of a run, a recovery or a gateway request) numbers its lines 1..n,
 * in the writing transaction and under the lock of the stream's row, so that a cursor never skips a
 * line. Because of that lock, appending must be the last step of a transaction.
 */
public final class ExecutionLog {
  private static final int TEXT_PAGE = 1_000;

  private final Database database;
  private final LogQueries queries = new LogQueries();
  private final LogSearch search;

  public ExecutionLog(Database database) {
    this.database = database;
    this.search = new LogSearch(database);
  }

  /** Creates an empty stream. An existing stream stays unchanged. */
  public void open(Tx tx, UUID streamId, UUID workspace, StreamKind kind) {
    tx.dsl()
        .insertInto(EVENT_STREAMS)
        .columns(EVENT_STREAMS.ID, EVENT_STREAMS.WORKSPACE_ID, EVENT_STREAMS.KIND)
        .values(streamId, workspace, kind.code())
        .onConflictDoNothing()
        .execute();
  }

  /**
   * Writes lines in the given order, in one statement. Holds the stream's lock until the
   * transaction ends.
   *
   * @throws IllegalStateException when the stream does not exist
   */
  public void append(Tx tx, UUID streamId, Instant at, List<LogLine> lines) {
    if (!lines.isEmpty() && LogInsert.into(tx, streamId, at, lines) == 0) {
      throw new IllegalStateException("No log stream " + streamId);
    }
  }

  /** Number of lines of a stream with this code, as the transaction sees them. */
  public int count(Tx tx, UUID streamId, String code) {
    return queries.count(tx.dsl(), streamId, code);
  }

  /** Whether the last line of a stream has this code, as the transaction sees it. */
  public boolean endsWith(Tx tx, UUID streamId, String code) {
    return queries.lastCode(tx.dsl(), streamId).filter(code::equals).isPresent();
  }

  /** Returns at most {@code limit} lines after {@code seq} (0: from the start), in order. */
  public List<LogEntry> after(UUID workspace, UUID streamId, long seq, int limit) {
    return database.read(dsl -> queries.after(dsl, workspace, streamId, seq, limit));
  }

  /** The last {@code limit} lines before {@code seq}, in order. */
  List<LogEntry> before(UUID workspace, UUID streamId, long seq, int limit) {
    return database.read(dsl -> queries.before(dsl, workspace, streamId, seq, limit));
  }

  /**
   * The newest {@code limit} lines of a stream, with the state that a page needs to follow it.
   *
   * @throws NotFound when the workspace has no such stream
   */
  public LogTail tail(UUID workspace, UUID streamId, int limit) {
    return tailBefore(workspace, streamId, Long.MAX_VALUE, limit);
  }

  /**
   * Returns the last lines of a stream before line {@code seq}, at most {@code limit}.
   *
   * @throws NotFound when the workspace has no such stream
   */
  public LogTail tailBefore(UUID workspace, UUID streamId, long seq, int limit) {
    var head = head(workspace, streamId);
    var found = before(workspace, streamId, seq, limit + 1);
    boolean earlier = found.size() > limit;
    var lines = earlier ? found.subList(1, found.size()) : found;
    boolean removed =
        lines.isEmpty()
            ? database.read(dsl -> queries.lastSeq(dsl, streamId)) > 0
            : !earlier && lines.getFirst().seq() > 1;
    return new LogTail(head, lines, lines.isEmpty() ? 0 : lines.getLast().seq(), earlier, removed);
  }

  /**
   * Returns at most {@code limit} lines after line {@code seq}. If the stream is not live, fewer
   * than {@code limit} lines are the last ones.
   *
   * @throws NotFound when the workspace has no such stream
   */
  public LogTail tailAfter(UUID workspace, UUID streamId, long seq, int limit) {
    var head = head(workspace, streamId);
    var lines = after(workspace, streamId, seq, limit);
    return new LogTail(head, lines, lines.isEmpty() ? seq : lines.getLast().seq(), seq > 0, false);
  }

  /**
   * The owner of a stream. Read it before the lines: if it reports that the stream is not live, the
   * lines read afterwards are complete.
   *
   * @throws NotFound when the workspace has no such stream
   */
  public StreamInfo head(UUID workspace, UUID streamId) {
    return heads(workspace, Set.of(streamId)).values().stream()
        .findFirst()
        .orElseThrow(() -> new NotFound("There is no such log."));
  }

  /** The owners of these streams; streams of other workspaces are omitted. */
  public Map<UUID, StreamInfo> heads(UUID workspace, Set<UUID> streamIds) {
    return database.read(dsl -> queries.heads(dsl, streamIds, workspace));
  }

  /** The stream of the run with this number, if it exists in the workspace. */
  public Optional<StreamInfo> ofRun(UUID workspace, long number) {
    return database
        .read(dsl -> RunQueries.findByNumber(dsl, workspace, number))
        .flatMap(id -> heads(workspace, Set.of(id)).values().stream().findFirst());
  }

  /** The newest {@code limit} lines of all streams that match the filter, in order. */
  public LogPage newest(UUID workspace, LogFilter filter, int limit) {
    return search.newest(workspace, filter, limit);
  }

  /** Returns at most {@code limit} lines after the cursor, with the cursor for the next call. */
  public LogPage since(UUID workspace, LogFilter filter, LogPage.Cursor cursor, int limit) {
    return search.since(workspace, filter, cursor, limit);
  }

  /** The last {@code limit} lines before a cursor, in order. */
  public LogPage earlier(UUID workspace, LogFilter filter, LogPage.Cursor before, int limit) {
    return search.earlier(workspace, filter, before, limit);
  }

  /**
   * The whole stream as text: one message per line, each ended by a line feed.
   *
   * @throws NotFound when the workspace has no such stream
   */
  public void writeText(UUID workspace, UUID streamId, Appendable out) {
    head(workspace, streamId); // throws for a stream that the workspace does not have
    long seq = 0;
    List<LogEntry> lines;
    do {
      lines = after(workspace, streamId, seq, TEXT_PAGE);
      for (var line : lines) {
        write(line, out);
        seq = line.seq();
      }
    } while (lines.size() == TEXT_PAGE);
  }

  private static void write(LogEntry line, Appendable out) {
    try {
      out.append(line.message()).append('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
