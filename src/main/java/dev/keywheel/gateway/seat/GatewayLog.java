package dev.keywheel.gateway.seat;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.log.StreamKind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Writes to the execution log what needs a look: keys that took over, and requests that got none.
 * Good answers are in the list of requests only. Lines are written in groups, after the request
 * went on; a flood of refusals writes a few lines a minute.
 */
public final class GatewayLog {
  private static final int MOST_WAITING = 1_000;
  private static final int REFUSALS_A_MINUTE = 30;

  private final Database database;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final BlockingQueue<Line> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
  private Instant minute = Instant.MIN;
  private int refusals;

  private record Line(GatewayRequest request, LogLine line, Instant at) {}

  public GatewayLog(Database database, ExecutionLog log, InstantSource clock) {
    this.database = database;
    this.log = log;
    this.clock = clock;
  }

  void granted(SeatRequest request, SeatGrant.Granted granted) {
    if (request.no() == 1) {
      return;
    }
    var key = granted.key();
    add(
        request,
        LogLine.info(
                "gw.replacement",
                "🔁 Found replacement: "
                    + key.name()
                    + " for a request of token "
                    + request.request().tokenName()
                    + " ("
                    + request.model()
                    + ", attempt "
                    + request.no()
                    + ")")
            .about(key.id())
            .with("to", key.name())
            .with("attempt", request.no()));
  }

  void refused(SeatRequest request, SeatGrant refusal) {
    String why = why(refusal);
    if (!why.isEmpty() && mayTell()) {
      add(
          request,
          LogLine.warn(
              "gw.refused",
              "⛔ Refused a request of token "
                  + request.request().tokenName()
                  + " ("
                  + request.model()
                  + "): "
                  + why));
    }
  }

  /** Writes the lines since the last time. */
  public void write() {
    var lines = new ArrayList<Line>();
    waiting.drainTo(lines);
    for (Line line : lines) {
      var request = line.request();
      database.runTx(
          tx -> {
            log.open(tx, request.id(), request.workspaceId(), StreamKind.REQUEST);
            log.append(tx, request.id(), line.at(), List.of(line.line()));
          });
    }
  }

  /** Empty for what is no line: the database is away, and so is the log. */
  private static String why(SeatGrant refusal) {
    return switch (refusal) {
      case SeatGrant.NoKey noKey -> noKey.why();
      case SeatGrant.AllLimited limited ->
          "Every key that could serve it is limited, the first one until " + limited.until() + ".";
      case SeatGrant.RateLimited limited ->
          "The token has used its " + limited.rate().limit() + " requests of this minute.";
      case SeatGrant.TokenEnded _ -> "The token was revoked or has expired.";
      case SeatGrant.TooManyParallel parallel ->
          "The token has " + parallel.limit() + " open requests, as many as it may.";
      case SeatGrant.Granted _, SeatGrant.Unavailable _ -> "";
    };
  }

  private void add(SeatRequest request, LogLine line) {
    waiting.offer(
        new Line(request.request(), line.with("model", request.model()), clock.instant()));
  }

  private synchronized boolean mayTell() {
    var now = clock.instant();
    if (minute.plus(Duration.ofMinutes(1)).isBefore(now)) {
      minute = now;
      refusals = 0;
    }
    return refusals++ < REFUSALS_A_MINUTE;
  }
}
