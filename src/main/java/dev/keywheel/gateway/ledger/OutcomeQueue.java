package dev.keywheel.gateway.ledger;

import dev.keywheel.gateway.ledger.GatewayRows.ClosedRequest;
import dev.keywheel.time.Deadline;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Outcomes that are not stored yet. The queue accepts outcomes even when it is full: no request
 * begins then, and each request in flight adds only its own outcomes.
 */
final class OutcomeQueue {
  static final int CAPACITY = 20_000;

  /** Maximum number of rows of each kind in one transaction. */
  static final int MAX_GROUP_SIZE = 500;

  /**
   * How long the transaction of an unsent attempt may still commit after the node gave it up. The
   * server ends a session 15 s after its last statement ({@code
   * idle_in_transaction_session_timeout}).
   */
  private static final Duration LATE_COMMIT = Duration.ofSeconds(60);

  private static final Duration UNCOMMITTED_INTERVAL = Duration.ofSeconds(5);

  private final Map<UUID, AttemptOutcome> attempts = new LinkedHashMap<>();
  private final Map<UUID, ClosedRequest> requests = new LinkedHashMap<>();

  /** Outcomes of unsent attempts whose rows do not exist, but may still be committed. */
  private final Map<UUID, AttemptOutcome> uncommitted = new LinkedHashMap<>();

  private TimeWindow recentlyAdded = TimeWindow.OVER;

  private boolean urgent;
  private boolean closed;

  /** Outcomes that are stored together, in the order of their ids. */
  record Group(List<AttemptOutcome> attempts, List<ClosedRequest> requests) {
    int size() {
      return attempts.size() + requests.size();
    }

    /** Splits the group into attempts and requests, which are stored separately. */
    List<Group> splitByKind() {
      return Stream.of(new Group(attempts, List.of()), new Group(List.of(), requests))
          .filter(group -> group.size() > 0)
          .toList();
    }

    /** Splits the group into two halves, to find a row that cannot be stored. */
    List<Group> splitInHalves() {
      int attempt = attempts.size() / 2;
      int request = requests.size() / 2;
      return List.of(
          new Group(attempts.subList(0, attempt), requests.subList(0, request)),
          new Group(
              attempts.subList(attempt, attempts.size()),
              requests.subList(request, requests.size())));
    }
  }

  synchronized void add(AttemptOutcome outcome) {
    attempts.put(outcome.id(), outcome);
    wakeWhenFull();
  }

  /**
   * @param atOnce whether to store the outcome immediately: another request may wait for it
   */
  synchronized void add(ClosedRequest request, boolean atOnce) {
    requests.put(request.request().id(), request);
    urgent |= atOnce;
    wakeWhenFull();
  }

  synchronized boolean full() {
    return size() >= CAPACITY;
  }

  synchronized int size() {
    return attempts.size() + requests.size();
  }

  synchronized List<UUID> endedOf(Set<UUID> tokens) {
    return requests.values().stream()
        .map(ClosedRequest::request)
        .filter(request -> tokens.contains(request.tokenId()))
        .map(GatewayRequest::id)
        .toList();
  }

  synchronized List<UUID> endedAttempts() {
    return Stream.concat(attempts.keySet().stream(), uncommitted.keySet().stream()).toList();
  }

  /**
   * Waits up to {@code within} for a full group or an urgent outcome, and returns the waiting
   * outcomes, at most one group. They stay in the queue until {@link #removeStored}.
   */
  synchronized Group next(Duration within) throws InterruptedException {
    var deadline = new Deadline(within);
    while (!urgent && !closed && !groupFull() && !deadline.passed()) {
      wait(Math.max(1, deadline.left().toMillis()));
    }
    urgent = false;
    return new Group(
        first(attempts.values().stream(), Comparator.comparing(AttemptOutcome::id)),
        first(requests.values().stream(), Comparator.comparing(c -> c.request().id())));
  }

  private boolean groupFull() {
    return attempts.size() >= MAX_GROUP_SIZE || requests.size() >= MAX_GROUP_SIZE;
  }

  synchronized void removeStored(Group group) {
    group.attempts().forEach(outcome -> attempts.remove(outcome.id(), outcome));
    group.requests().forEach(request -> requests.remove(request.request().id(), request));
    notifyAll();
  }

  /**
   * Keeps the outcomes of unsent attempts whose rows were not found, for {@link #addUncommitted}.
   *
   * @param closed attempts whose rows were found
   */
  synchronized void keepUncommitted(List<AttemptOutcome> outcomes, Set<UUID> closed, Instant now) {
    outcomes.stream()
        .filter(outcome -> !outcome.sent() && !closed.contains(outcome.id()))
        .filter(outcome -> outcome.endedAt().plus(LATE_COMMIT).isAfter(now))
        .forEach(outcome -> uncommitted.put(outcome.id(), outcome));
  }

  /**
   * Adds the kept outcomes again, in case their attempts were committed in the meantime, at most
   * once per {@link #UNCOMMITTED_INTERVAL}.
   */
  synchronized void addUncommitted(Instant now) {
    if (!uncommitted.isEmpty() && !recentlyAdded.contains(now)) {
      attempts.putAll(uncommitted);
      uncommitted.clear();
      recentlyAdded = TimeWindow.from(now, UNCOMMITTED_INTERVAL);
    }
  }

  /** Has the outcome of an ended request stored immediately; waits for that until the deadline. */
  synchronized void awaitStored(UUID request, Deadline deadline) throws InterruptedException {
    if (requests.containsKey(request)) {
      urgent = true;
      notifyAll();
    }
    while (requests.containsKey(request) && !deadline.passed()) {
      wait(Math.max(1, deadline.left().toMillis()));
    }
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Closes the queue: {@link #next} no longer waits. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  private void wakeWhenFull() {
    if (urgent || groupFull()) {
      notifyAll();
    }
  }

  private static <T> List<T> first(Stream<T> rows, Comparator<T> order) {
    return rows.limit(MAX_GROUP_SIZE).sorted(order).toList();
  }
}
