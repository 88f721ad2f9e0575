package dev.keywheel.fault.history;

import static java.util.stream.Collectors.groupingBy;

import dev.keywheel.fault.history.GatewayClients.Answer;
import dev.keywheel.fault.history.GatewayEvidence.CallRow;
import dev.keywheel.fault.history.GatewayEvidence.RequestRow;
import dev.keywheel.fault.history.History.Action;
import dev.keywheel.fault.history.History.Kind;
import dev.keywheel.fault.history.History.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Compares the answers that programs got from the gateway with the stored requests. {@link
 * LedgerChecker} and {@link KeyChecker} check their calls and keys.
 */
final class GatewayChecker {
  private final Evidence seen;
  private final Map<String, List<RequestRow>> requests;
  private final List<Violation> found = new ArrayList<>();

  private GatewayChecker(Evidence seen) {
    this.seen = seen;
    this.requests = seen.gateway().requests().stream().collect(groupingBy(RequestRow::clientId));
  }

  static List<Violation> check(Evidence seen) {
    var checker = new GatewayChecker(seen);
    seen.actions().stream().filter(a -> a.kind() == Kind.ASK).forEach(checker::answerIsStored);
    checker.requests.values().forEach(rows -> checker.require("I2", rows.size() == 1, rows));
    seen.gateway().requests().forEach(checker::requestIsWhole);
    seen.gateway().calls().forEach(checker::callHasEnded);
    return checker.found;
  }

  /** I1: a request is stored as answered if and only if it was answered. */
  private void answerIsStored(Action ask) {
    require(
        "no truncated answer looks complete",
        !ask.answer().equals(Answer.TRUNCATED_UNNOTICED.name()),
        ask);
    var rows = requests.getOrDefault(ask.subject(), List.of());
    if (ask.result() == Result.OK) {
      require("I1", rows.size() == 1, ask + " has " + rows);
      rows.forEach(row -> require("I1", answered(row), ask + " has " + row));
    } else if (ask.answer().equals(Answer.ERROR.name())) {
      rows.forEach(row -> require("I1", !row.state().equals("ok"), ask + " has " + row));
    }
  }

  /** A node that died may not have stored an answer that it had just sent. */
  private static boolean answered(RequestRow row) {
    return row.state().equals("ok") || row.state().equals("unknown");
  }

  private void requestIsWhole(RequestRow request) {
    require("I9", !request.state().equals("in_flight"), request);
    requireUnknownOnlyOnDeadNode(request.state(), request.node(), request);
    var calls =
        seen.gateway().callsOf(request.id()).stream()
            .sorted(Comparator.comparingInt(CallRow::no))
            .toList();
    for (int i = 0; i < calls.size(); i++) {
      require("I2", calls.get(i).no() == i + 1, request + " has calls " + calls);
      boolean last = i == calls.size() - 1;
      require(
          "paid once", last || !calls.get(i).state().equals("ok"), request + " has calls " + calls);
    }
    if (!request.state().equals("unknown")) {
      long sent = calls.stream().filter(c -> !c.state().equals("not_sent")).count();
      boolean counted = request.attempts() >= sent && request.attempts() <= calls.size();
      require("I4", counted, request + " has calls " + calls);
    }
    if (request.state().equals("ok")) {
      boolean ok = !calls.isEmpty() && calls.getLast().state().equals("ok");
      require("I4", ok, request + " has calls " + calls);
    }
  }

  private void callHasEnded(CallRow call) {
    require("I9", !call.state().equals("sent"), call);
    requireUnknownOnlyOnDeadNode(call.state(), call.node(), call);
  }

  private void requireUnknownOnlyOnDeadNode(String state, UUID node, Object row) {
    require("I9", !state.equals("unknown") || !seen.gateway().nodes().contains(node), row);
  }

  private void require(String invariant, boolean holds, Object rows) {
    if (!holds) {
      found.add(new Violation(invariant, rows.toString()));
    }
  }
}
