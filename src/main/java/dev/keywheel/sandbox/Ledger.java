package dev.keywheel.sandbox;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the sandbox received, in the order of arrival: the other side's account of the calls, for
 * tests and for {@code GET /_control/requests}. Keys are masked but can be told apart.
 */
public final class Ledger {

  /** The oldest calls are dropped beyond this, so that a sandbox left running does not grow. */
  private static final int KEPT = 10_000;

  private static final String ALL = "";

  private final TreeMap<Long, Call> calls = new TreeMap<>();
  private final Map<String, Integer> open = new HashMap<>();
  private final Map<String, Integer> mostOpen = new HashMap<>();
  private long last;
  private long before;

  /**
   * One call.
   *
   * @param number 1 for the first call since the start or the last reset
   * @param key {@link #mask(String)} of the bearer; empty when none was sent
   * @param operation the operation's name as on the first line of the system message; {@code Key
   *     check} for the account's endpoints
   * @param model empty where the call names none
   * @param status HTTP status of the answer; 0 while it is open, or when none was given
   * @param fault the behaviour that decided the answer, such as {@code daily}; empty for a good
   *     answer
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

  /** Prefix, last characters and a short hash: enough to tell keys apart, useless as a key. */
  public static String mask(String key) {
    if (key.isEmpty()) {
      return "";
    }
    var shown =
        key.length() < 16 ? "" : key.substring(0, 6) + "…" + key.substring(key.length() - 4);
    return shown + "#" + Hash.of(key).hex(8);
  }

  /** All calls kept, oldest first. */
  public synchronized List<Call> calls() {
    return List.copyOf(calls.values());
  }

  /** The calls of one path below the base, such as {@code /key}. */
  public List<Call> calls(String path) {
    return calls().stream().filter(call -> call.path().equals(path)).toList();
  }

  /** The most calls that were open at one moment, of all paths. */
  public int mostOpen() {
    return mostOpen(ALL);
  }

  /** The most calls of one path that were open at one moment. */
  public synchronized int mostOpen(String path) {
    return mostOpen.getOrDefault(path, 0);
  }

  /** Forgets all calls; those still open are counted from here. */
  synchronized void reset() {
    calls.clear();
    before = last;
    mostOpen.clear();
    mostOpen.putAll(open);
  }

  /** Writes a call down and returns the ticket by which the rest of it is added. */
  synchronized long opened(Instant at, String method, String path, String bearer) {
    last++;
    calls.put(last, new Call(last - before, at, method, path, mask(bearer), "", "", 0, ""));
    if (calls.size() > KEPT) {
      calls.pollFirstEntry();
    }
    for (var counted : List.of(ALL, path)) {
      mostOpen.merge(counted, open.merge(counted, 1, Integer::sum), Math::max);
    }
    return last;
  }

  synchronized void understood(long ticket, Operation operation, String model) {
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

  synchronized void answered(long ticket, int status, String fault) {
    calls.computeIfPresent(
        ticket,
        (t, c) ->
            new Call(c.number, c.at, c.method, c.path, c.key, c.operation, c.model, status, fault));
  }

  synchronized void closed(String path) {
    open.merge(ALL, -1, Integer::sum);
    open.merge(path, -1, Integer::sum);
  }
}
