package dev.keywheel.fault.history;

import dev.keywheel.fault.history.Evidence.Line;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Follows the log of every run by polling with a cursor, alternately at both nodes. */
final class LogViewer implements AutoCloseable {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(300);

  private final Clients clients;
  private final Map<UUID, List<Line>> viewed = new ConcurrentHashMap<>();
  private final List<String> errorReports = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean closed;

  LogViewer(Clients clients) {
    this.clients = clients;
    this.thread = Thread.startVirtualThread(this::follow);
  }

  private void follow() {
    for (int node = 0; !closed; node = 1 - node) {
      poll(node);
      LockSupport.parkNanos(PAUSE);
    }
  }

  private void poll(int node) {
    for (var run : clients.runs()) {
      try {
        poll(node, run);
      } catch (AssertionError noAnswer) {
        return;
      }
    }
  }

  /** Returns whether there were new lines. */
  private boolean poll(int node, UUID run) {
    var lines = viewed.computeIfAbsent(run, id -> new ArrayList<>());
    long after = lines.isEmpty() ? 0 : lines.getLast().seq();
    var answer = clients.at(node).get("/log/streams/" + run + "/lines?after=" + after);
    if (answer.status() == 500) {
      errorReports.add("the log of run " + run + ": " + answer.text());
    }
    if (answer.status() != 200) {
      return false;
    }
    var fresh = answer.page().select("li.log-line");
    fresh.forEach(
        line ->
            lines.add(
                new Line(
                    run,
                    Long.parseLong(line.id().substring(1)),
                    Instant.EPOCH,
                    "",
                    line.select(".log-text").text(),
                    null)));
    return !fresh.isEmpty();
  }

  /** The lines seen so far, and those not seen yet. */
  Map<UUID, List<Line>> everything() throws InterruptedException {
    close();
    for (var run : clients.runs()) {
      while (poll(0, run)) {}
    }
    return viewed;
  }

  List<String> errorReports() {
    return errorReports;
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }
}
