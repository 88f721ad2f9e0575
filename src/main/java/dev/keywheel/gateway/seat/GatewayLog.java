package dev.keywheel.gateway.seat;

import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.db.Tx;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.log.StreamKind;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs replacements of keys and requests that got no key. Other requests are only in the list of
 * requests. Lines are written in groups, after the request has continued. Lines above a limit per
 * minute are only counted.
 */
public final class GatewayLog {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayLog.class);
  private static final int MAX_WAITING = 1_000;

  /** Maximum number of lines of each kind in a workspace per minute. */
  private static final int MAX_LINES_PER_MINUTE = 30;

  private final Database database;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final BlockingQueue<Line> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
  private final AtomicInteger dropped = new AtomicInteger();
  private final AtomicBoolean writing = new AtomicBoolean();
  private final Map<UUID, LineLimit> replacements = new ConcurrentHashMap<>();
  private final Map<UUID, LineLimit> refusals = new ConcurrentHashMap<>();

  private record Line(GatewayRequest request, LogLine line, Instant at) {}

  public GatewayLog(Database database, ExecutionLog log, InstantSource clock) {
    this.database = database;
    this.log = log;
    this.clock = clock;
  }

  void logGrant(SeatRequest request, SeatGrant.Granted granted) {
    if (request.attemptNumber() == 1 || !admitLine(replacements, request.request())) {
      return;
    }
    var key = granted.key();
    add(
        request.request(),
        request.model(),
        LogLine.info(
                "gw.replacement",
                "🔁 Found replacement: %s for a request of token %s (%s, attempt %s)"
                    .formatted(
                        key.name(),
                        request.request().tokenName(),
                        request.model(),
                        request.attemptNumber()))
            .about(key.id())
            .with("to", key.name())
            .with("attempt", request.attemptNumber()));
  }

  void logRefusal(GatewayRequest request, String model, SeatGrant refusal) {
    String why = why(refusal);
    if (!why.isEmpty() && admitLine(refusals, request)) {
      add(
          request,
          model,
          LogLine.warn(
              "gw.refused",
              "⛔ Refused a request of token %s (%s): %s"
                  .formatted(request.tokenName(), model, why)));
    }
  }

  /**
   * Writes the lines added since the last call. Uses another thread, so that the caller does not
   * wait for the database.
   */
  public void write() {
    replacements.values().forEach(limit -> limit.addOmitted(GatewayLog::moreReplacements));
    refusals.values().forEach(limit -> limit.addOmitted(GatewayLog::moreRefusals));
    if (!waiting.isEmpty() && writing.compareAndSet(false, true)) {
      Thread.ofVirtual().name("gateway-log").start(this::writeWaiting);
    }
  }

  private void writeWaiting() {
    do {
      int lost = dropped.getAndSet(0);
      if (lost > 0) {
        LOG.warn("{} log lines of gateway requests were dropped: {} waited", lost, MAX_WAITING);
      }
      var lines = new ArrayList<Line>();
      waiting.drainTo(lines);
      try {
        database.runTx(tx -> lines.forEach(line -> append(tx, line)));
      } catch (RuntimeException e) {
        LOG.warn(
            "{} log lines of gateway requests were not stored: {}",
            lines.size(),
            TransientErrors.cause(e));
      } finally {
        writing.set(false);
      }
    } while (!waiting.isEmpty() && writing.compareAndSet(false, true));
  }

  private void append(Tx tx, Line line) {
    var request = line.request();
    log.open(tx, request.id(), request.workspaceId(), StreamKind.REQUEST);
    log.append(tx, request.id(), line.at(), List.of(line.line()));
  }

  private static LogLine moreReplacements(int omitted) {
    return LogLine.info(
        "gw.replacement", "🔁 … and found replacements " + omitted + " more times in this minute.");
  }

  private static LogLine moreRefusals(int omitted) {
    return LogLine.warn(
        "gw.refused", "⛔ … and refused requests " + omitted + " more times in this minute.");
  }

  /** The reason for a refusal; empty if it is not logged, for example when the database fails. */
  private static String why(SeatGrant refusal) {
    return switch (refusal) {
      case SeatGrant.NoKey noKey -> noKey.why();
      case SeatGrant.AllBusy _ -> SeatGrant.ALL_BUSY;
      case SeatGrant.AllLimited limited ->
          "Every key that could serve it is limited or skipped for its model, the first key until "
              + (limited.due() == null ? limited.until() : "a check accepts it")
              + ".";
      case SeatGrant.RateLimited limited ->
          "The token has used its " + limited.rate().limit() + " requests of this minute.";
      case SeatGrant.TokenEnded _ -> "The token is no longer valid: revoked, rotated or expired.";
      case SeatGrant.TooManyParallel parallel ->
          "The token has " + parallel.limit() + " open requests, which is its limit.";
      case SeatGrant.Granted _, SeatGrant.Unavailable _, SeatGrant.Outdated _ -> "";
    };
  }

  private void add(GatewayRequest request, String model, LogLine line) {
    var added = waiting.offer(new Line(request, line.with("model", model), clock.instant()));
    if (!added) {
      dropped.incrementAndGet();
    }
  }

  private boolean admitLine(Map<UUID, LineLimit> kind, GatewayRequest request) {
    return kind.computeIfAbsent(request.workspaceId(), _ -> new LineLimit()).admitLine(request);
  }

  /** Counts the lines of one kind of a workspace in the current minute. */
  private final class LineLimit {
    private TimeWindow minute = TimeWindow.OVER;
    private int lines;
    private int omitted;
    private @Nullable GatewayRequest last;

    synchronized boolean admitLine(GatewayRequest request) {
      if (omitted == 0 && !minute.contains(clock.instant())) {
        minute = TimeWindow.from(clock.instant(), Duration.ofMinutes(1));
        lines = 0;
      }
      if (lines < MAX_LINES_PER_MINUTE) {
        lines++;
        return true;
      }
      omitted++;
      last = request;
      return false;
    }

    /** Adds a line with the number of omitted lines, once their minute is over. */
    synchronized void addOmitted(IntFunction<LogLine> line) {
      var request = last;
      if (request != null
          && omitted > 0
          && !minute.contains(clock.instant())
          && waiting.offer(new Line(request, line.apply(omitted), clock.instant()))) {
        omitted = 0;
      }
    }
  }
}
