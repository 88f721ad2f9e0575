package dev.keywheel.sandbox.server;

import dev.keywheel.sandbox.base.SandboxOperation;
import dev.keywheel.sandbox.faults.SandboxKey;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The requests that the sandbox received, in order of arrival, for tests and for {@code GET
 * /_control/requests}. Keys are masked but distinguishable.
 */
public final class RequestLog {

  /** Maximum number of calls; the oldest are dropped first. */
  private static final int KEPT = 10_000;

  /** Maximum number of paths whose concurrent calls are counted; a client may invent paths. */
  private static final int MAX_PATHS = 100;

  private static final String ALL = "";

  private final TreeMap<Long, Call> calls = new TreeMap<>();
  private final Map<String, Integer> open = new HashMap<>();
  private final Map<String, Integer> mostOpen = new HashMap<>();
  private long last;
  private long numberOffset;

  /**
   * One call.
   *
   * @param number 1 for the first call since the start or the last reset
   * @param key the bearer token, masked as by {@link #mask(String)}; empty when none was sent
   * @param operation the operation's name as on the first line of the system message; {@code Key
   *     check} for the account's endpoints
   * @param model empty when the call names none
   * @param status HTTP status of the answer; 0 while the call is open or has no answer
   * @param fault the behaviour that caused the answer, such as {@code daily}; empty without a fault
   */
  public record Call(
      long number,
      Instant at,
      String method,
      String path,
      String key,
      String operation,
      String model,
      int status,
      String fault) {}

  /** The key as it appears in the log. */
  public static String mask(String key) {
    return SandboxKey.mask(key);
  }

  /** All stored calls, oldest first. */
  public synchronized List<Call> calls() {
    return List.copyOf(calls.values());
  }

  /** The calls of one path below the base, such as {@code /key}. */
  List<Call> calls(String path) {
    return calls().stream().filter(call -> call.path().equals(path)).toList();
  }

  /** The number of calls in progress. */
  synchronized int open() {
    return open.getOrDefault(ALL, 0);
  }

  /** The maximum number of concurrent calls since the last reset. */
  int mostOpen() {
    return mostOpen(ALL);
  }

  /**
   * The maximum number of concurrent calls of one path since the last reset; 0 for a path after the
   * first hundred.
   */
  synchronized int mostOpen(String path) {
    return mostOpen.getOrDefault(path, 0);
  }

  /**
   * Removes all calls. The maximum number of concurrent calls starts again at the number of open
   * calls.
   */
  synchronized void reset() {
    calls.clear();
    numberOffset = last;
    mostOpen.clear();
    mostOpen.putAll(open);
  }

  /** Records a call; returns a ticket for adding its other values. */
  synchronized long recordCall(Instant at, String method, String path, String bearer) {
    last++;
    calls.put(last, new Call(last - numberOffset, at, method, path, mask(bearer), "", "", 0, ""));
    if (calls.size() > KEPT) {
      calls.pollFirstEntry();
    }
    for (var counted : List.of(ALL, path)) {
      int now = open.merge(counted, 1, Integer::sum);
      if (mostOpen.size() < MAX_PATHS || mostOpen.containsKey(counted)) {
        mostOpen.merge(counted, now, Math::max);
      }
    }
    return last;
  }

  synchronized void recordOperation(long ticket, SandboxOperation operation, String model) {
    calls.computeIfPresent(
        ticket,
        (t, c) ->
            new Call(
                c.number,
                c.at,
                c.method,
                c.path,
                c.key,
                operation.title(),
                model,
                c.status,
                c.fault));
  }

  synchronized void recordAnswer(long ticket, int status, String fault) {
    calls.computeIfPresent(
        ticket,
        (t, c) ->
            new Call(c.number, c.at, c.method, c.path, c.key, c.operation, c.model, status, fault));
  }

  synchronized void recordEnd(String path) {
    for (var counted : List.of(ALL, path)) {
      open.computeIfPresent(counted, (_, calls) -> calls == 1 ? null : calls - 1);
    }
  }
}
