package dev.keywheel.fault.history;

import dev.keywheel.fault.history.Evidence.AttemptRow;
import dev.keywheel.fault.history.Evidence.KeyChange;
import dev.keywheel.fault.history.Evidence.KeyRow;
import dev.keywheel.fault.history.Evidence.Line;
import dev.keywheel.fault.history.Evidence.OperationRow;
import dev.keywheel.fault.history.Evidence.Received;
import dev.keywheel.fault.history.Evidence.RunRow;
import dev.keywheel.fault.history.Evidence.SeatRow;
import dev.keywheel.fault.history.GatewayEvidence.CallRow;
import dev.keywheel.fault.history.GatewayEvidence.RequestRow;
import dev.keywheel.fault.history.History.Action;
import dev.keywheel.fault.history.History.Kind;
import dev.keywheel.fault.history.History.Result;
import dev.keywheel.support.TestWheel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Evidence of an experiment without faults: two keys, and one completed run of eight operations. A
 * test changes one part of it.
 */
final class SampleEvidence {
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  static final UUID RUN = new UUID(1, 1);
  static final UUID ARTICLE = new UUID(2, 1);
  static final UUID REQUEST = new UUID(3, 1);
  static final UUID IMPORT = new UUID(4, 1);
  static final UUID NODE = new UUID(6, 1);
  private static final String MODEL = "test/model:free";

  final List<Action> actions = new ArrayList<>();
  final List<Received> received = new ArrayList<>();
  final List<RunRow> runs = new ArrayList<>();
  final List<OperationRow> operations = new ArrayList<>();
  final List<AttemptRow> attempts = new ArrayList<>();
  final List<KeyRow> keys = new ArrayList<>();
  final List<KeyChange> changes = new ArrayList<>();
  final List<Line> lines = new ArrayList<>();
  final Map<UUID, List<Line>> viewed = new HashMap<>();
  final Set<UUID> articles = new HashSet<>(Set.of(ARTICLE));
  final Map<UUID, Integer> imported = new HashMap<>(Map.of(IMPORT, 2));
  final List<String> recoveries = new ArrayList<>();
  final List<String> errorReports = new ArrayList<>();
  long signIns = 1;
  Optional<String> brokenAudit = Optional.empty();
  final List<RequestRow> requests = new ArrayList<>();
  final List<CallRow> calls = new ArrayList<>();
  final Map<String, Set<UUID>> excluded = new HashMap<>();
  final Set<UUID> nodes = new HashSet<>(Set.of(NODE));

  SampleEvidence() {
    keys.add(new KeyRow(key(1), "key1", at(-100)));
    keys.add(new KeyRow(key(2), "key2", at(-100)));
    act(Kind.SIGN_IN, new UUID(0, 0), -20, Result.OK, "/");
    act(Kind.IMPORT, IMPORT, -19, Result.OK, "2");
    act(Kind.GENERATE, REQUEST, -10, Result.OK, "/runs/" + RUN);
    var plan = List.of(new SeatRow(key(1), 1), new SeatRow(key(2), 2));
    runs.add(new RunRow(RUN, REQUEST, ARTICLE, "completed", null, plan));
    line(-9, "keys.plan", null);
    for (int i = 1; i <= 8; i++) {
      operations.add(
          new OperationRow(RUN, i, TestWheel.OPERATION_NAMES.get(i - 1), "succeeded", null));
      attempt(i, "first", "ok", i);
      received(i, i);
      line(i + 0.9, "op.succeeded", i);
    }
    line(10, "run.completed", null);
  }

  static UUID key(int number) {
    return new UUID(5, number);
  }

  static Instant at(double seconds) {
    return START.plusMillis(Math.round(seconds * 1_000));
  }

  void act(Kind kind, UUID subject, double seconds, Result result, String answer) {
    int status = result == Result.OK ? 303 : 0;
    actions.add(
        new Action(
            kind, 0, subject.toString(), at(seconds), at(seconds + 0.1), result, status, answer));
  }

  void attempt(int ordinal, String cause, String state, double seconds) {
    int key = 2 - ordinal % 2;
    int no = 1 + (int) attempts.stream().filter(a -> a.ordinal() == ordinal).count();
    attempts.add(
        new AttemptRow(
            attempts.size() + 1L,
            RUN,
            ordinal,
            no,
            cause,
            key(key),
            "key" + key,
            key,
            MODEL,
            state,
            state.equals("ok") ? 200 : null,
            state.equals("ok") ? "answer" : null,
            at(seconds),
            at(seconds + 0.8)));
  }

  void received(int ordinal, double seconds) {
    received.add(
        new Received(
            at(seconds),
            "key" + (2 - ordinal % 2),
            TestWheel.OPERATION_NAMES.get(ordinal - 1),
            MODEL,
            200));
  }

  /** Adds an answered request of a program; the keys take turns. */
  void request(double seconds, String state) {
    int number = requests.size() + 1;
    var clientId = "ask-" + number;
    boolean ok = state.equals("ok");
    actions.add(
        new Action(
            Kind.ASK,
            0,
            clientId,
            at(seconds),
            at(seconds + 1),
            ok ? Result.OK : Result.UNKNOWN,
            ok ? 200 : 503,
            (ok ? GatewayClients.Answer.COMPLETE : GatewayClients.Answer.ERROR).name()));
    requests.add(
        new RequestRow(
            new UUID(7, number), clientId, state, ok ? 200 : 503, null, 1, NODE, at(seconds)));
    call(number, 1, 2 - number % 2, seconds + 0.1, ok ? "ok" : "http_error");
  }

  /** Adds a call of a request, which the provider received. */
  void call(int request, int no, int key, double seconds, String state) {
    int status = state.equals("ok") ? 200 : 502;
    int seat = calls.size() + 3;
    calls.add(
        new CallRow(
            new UUID(8, seat),
            new UUID(7, request),
            no,
            seat,
            key(key),
            "key" + key,
            MODEL,
            state,
            state.equals("unknown") ? null : status,
            null,
            NODE,
            at(seconds),
            at(seconds + 0.8)));
    received.add(new Received(at(seconds), "key" + key, "Completion", MODEL, status));
  }

  void line(double seconds, String code, @Nullable Integer ordinal) {
    lines.add(new Line(RUN, lines.size() + 1L, at(seconds), code, code + " " + ordinal, ordinal));
  }

  void change(int key, double seconds, String kind, @Nullable String to) {
    changes.add(new KeyChange(key(key), at(seconds), kind, to));
  }

  void run(RunRow other) {
    runs.set(0, other);
  }

  void operation(int ordinal, String state, @Nullable String errorCode) {
    operations.set(
        ordinal - 1,
        new OperationRow(
            RUN, ordinal, TestWheel.OPERATION_NAMES.get(ordinal - 1), state, errorCode));
  }

  void viewedAllBut(int... missing) {
    var gone = IntStream.of(missing).boxed().toList();
    viewed.put(RUN, lines.stream().filter(l -> !gone.contains((int) l.seq())).toList());
  }

  /** The violated invariants that the checker finds. */
  Set<String> violated() {
    var evidence =
        new Evidence(
            actions,
            received,
            viewed,
            runs,
            operations,
            attempts,
            keys,
            changes,
            lines,
            articles,
            imported,
            recoveries,
            Set.of(),
            signIns,
            brokenAudit,
            new GatewayEvidence(requests, calls, excluded, nodes),
            errorReports);
    var violated = new HashSet<String>();
    Checker.check(evidence).forEach(v -> violated.add(v.invariant()));
    return violated;
  }
}
