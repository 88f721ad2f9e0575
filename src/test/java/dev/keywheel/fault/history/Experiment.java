package dev.keywheel.fault.history;

import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.fault.history.Evidence.Received;
import dev.keywheel.fault.history.History.Kind;
import dev.keywheel.fault.history.Schedule.Act;
import dev.keywheel.fault.history.Schedule.Ask;
import dev.keywheel.fault.history.Schedule.Cancel;
import dev.keywheel.fault.history.Schedule.Delete;
import dev.keywheel.fault.history.Schedule.Disable;
import dev.keywheel.fault.history.Schedule.Enable;
import dev.keywheel.fault.history.Schedule.Fault;
import dev.keywheel.fault.history.Schedule.Generate;
import dev.keywheel.fault.history.Schedule.ImportKeys;
import dev.keywheel.fault.history.Schedule.Retry;
import dev.keywheel.fault.history.Schedule.SignIn;
import dev.keywheel.fault.history.Schedule.TestAll;
import dev.keywheel.job.Jobs;
import dev.keywheel.sandbox.server.Latency;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Await;
import dev.keywheel.support.CanaryRows;
import dev.keywheel.support.OwnPostgres;
import dev.keywheel.support.TestAudit;
import dev.keywheel.time.Delayer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs two nodes on one database under load with the faults of a schedule, ends the faults, waits
 * until all work is done, and checks the history.
 */
final class Experiment implements AutoCloseable {
  private static final int FIRST_KEYS = 9;
  private static final int KEYS_AT_THE_END = 8;

  /** An article takes about three seconds. */
  private static final int FASTER_THAN_DEMO = 3;

  /** A request that the provider does not answer is aborted after 150 s. */
  private static final Duration LONGEST_CALL = Duration.ofSeconds(155);

  private static final Duration REST = Jobs.TAKEN_OVER_WITHIN.plusSeconds(30);

  private final Schedule schedule;
  private final OwnPostgres postgres;
  private final String database;
  private final Sandbox sandbox;
  private final List<Node> nodes = new ArrayList<>();
  private final History history;
  private final List<String> errorReports = new CopyOnWriteArrayList<>();
  private final List<Thread> running = new ArrayList<>();
  private final Path folder;
  private Clients clients;
  private GatewayClients programs;
  private @Nullable LogViewer viewer;

  /**
   * @param violations all violations found; empty if none
   * @param summary totals, as text
   */
  record Result(List<Violation> violations, Evidence evidence, String summary) {}

  static Result run(Schedule schedule, OwnPostgres postgres, Path folder) throws Exception {
    long start = System.nanoTime();
    try (var experiment = new Experiment(schedule, postgres, folder)) {
      experiment.open();
      long ready = System.nanoTime();
      experiment.play();
      experiment.heal();
      long healed = System.nanoTime();
      experiment.rest();
      long rested = System.nanoTime();
      var evidence = experiment.evidence();
      var times =
          "start %d s, load %d s, rest %d s"
              .formatted(
                  Duration.ofNanos(ready - start).toSeconds(),
                  Duration.ofNanos(healed - ready).toSeconds(),
                  Duration.ofNanos(rested - healed).toSeconds());
      return new Result(Checker.check(evidence), evidence, evidence.summary() + "; " + times);
    }
  }

  private Experiment(Schedule schedule, OwnPostgres postgres, Path folder) throws IOException {
    this.schedule = schedule;
    this.postgres = postgres;
    this.database = "seed_" + schedule.seed();
    postgres.create(database);
    this.sandbox =
        Sandbox.start(
            SandboxOptions.instant()
                .withLatency(Latency.DEMO)
                .withPause(d -> Delayer.real().sleep(d.dividedBy(FASTER_THAN_DEMO))));
    this.history = new History(folder.resolve("history.txt"));
    this.folder = folder;
  }

  private void open() {
    scriptProvider(schedule.treatments());
    // Both start at once, so that both try to migrate.
    for (int i = 0; i < 2; i++) {
      var offset = i == 1 ? schedule.clockOffset() : Duration.ZERO;
      nodes.add(new Node(i, postgres, database, sandbox.baseUrl(), folder, offset));
    }
    nodes.forEach(Node::awaitReady);
    clients = new Clients(nodes, history);
    clients.importKeys(0, FIRST_KEYS);
    programs = new GatewayClients(nodes, history, clients.accessToken());
    viewer = new LogViewer(clients);
  }

  private void scriptProvider(List<String> treatments) {
    for (int i = 0; i < treatments.size(); i++) {
      if (!treatments.get(i).isEmpty()) {
        sandbox.setScenario("Completion", i + 1, treatments.get(i));
      }
    }
  }

  private void play() throws InterruptedException {
    var injector = new FaultInjector(nodes, postgres, database, sandbox, clients, schedule.seed());
    long start = System.nanoTime();
    for (var step : schedule.steps()) {
      LockSupport.parkNanos(start + step.at().toNanos() - System.nanoTime());
      running.add(
          Thread.startVirtualThread(
              () -> {
                try {
                  switch (step.event()) {
                    case Act act -> act(act);
                    case Fault fault -> injector.inject(fault);
                  }
                } catch (Throwable failed) {
                  errorReports.add(step + ": " + failed);
                }
              }));
    }
    for (var thread : running) {
      thread.join();
    }
  }

  private void act(Act act) {
    switch (act) {
      case Generate(int node, int clicks) -> clients.generate(node, clicks);
      case Cancel(int node, int pick) -> run(pick).ifPresent(r -> clients.cancel(node, r));
      case Retry(int node, int pick) -> run(pick).ifPresent(r -> clients.retry(node, r));
      case ImportKeys(int node, int count) -> clients.importKeys(node, count);
      case Disable(int node, int pick) ->
          key(pick).ifPresent(k -> clients.changeKey(Kind.DISABLE, node, k));
      case Enable(int node, int pick) ->
          key(pick).ifPresent(k -> clients.changeKey(Kind.ENABLE, node, k));
      case Delete(int node, int pick) ->
          key(pick).ifPresent(k -> clients.changeKey(Kind.DELETE, node, k));
      case TestAll(int node) -> clients.testAll(node);
      case SignIn(int node) -> clients.signInAgain(node);
      case Ask(int node, int count, boolean streamed) -> programs.ask(node, count, streamed);
    }
  }

  private Optional<UUID> run(int pick) {
    return picked(clients.runs(), pick);
  }

  /** One of the existing keys; empty while the database does not answer. */
  private Optional<UUID> key(int pick) {
    try (var connection = postgres.connect(database);
        var rows =
            connection
                .createStatement()
                .executeQuery("select id from api_keys order by added_seq limit 12")) {
      var ids = new ArrayList<UUID>();
      while (rows.next()) {
        ids.add(rows.getObject(1, UUID.class));
      }
      return picked(ids, pick);
    } catch (SQLException away) {
      return Optional.empty();
    }
  }

  private static Optional<UUID> picked(List<UUID> all, int pick) {
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(pick % all.size()));
  }

  /** Ends all faults and makes sure that there are enough keys. */
  private void heal() {
    for (var node : nodes) {
      if (!node.alive()) {
        errorReports.add("a node has ended by itself:\n" + node.output());
        node.start().awaitReady();
      }
    }
    for (int node = 0; node < nodes.size(); node++) {
      var browser = clients.at(node);
      // The database may have just started.
      Await.until("pages are served", Duration.ofMinutes(1), () -> browser.status("/keys") == 200);
    }
    clients.importKeys(0, KEYS_AT_THE_END);
    clients.repeatUnanswered();
    programs.ask(0, 1, false);
    programs.ask(1, 1, true);
  }

  /** Waits until nothing is open, at most until the time by which everything should have ended. */
  private void rest() throws SQLException {
    try (var connection = postgres.connect(database)) {
      var reader = EvidenceReader.over(connection);
      var rest = schedule.hangs() ? REST.plus(LONGEST_CALL) : REST;
      long deadline = System.nanoTime() + rest.toNanos();
      while (!reader.unfinished().isEmpty() && System.nanoTime() < deadline) {
        LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      }
      reader
          .unfinished()
          .forEach(open -> errorReports.add("still open after " + rest + ": " + open));
    }
  }

  private Evidence evidence() throws SQLException, InterruptedException {
    errorReports.addAll(viewer.errorReports());
    nodes.forEach(node -> errorReports.addAll(node.errorReports()));
    var viewed = viewer.everything();
    var received =
        sandbox.requests().calls().stream()
            .filter(call -> call.method().equals("POST"))
            .map(
                call ->
                    new Received(
                        call.at(),
                        clients.keyName(call.key()),
                        call.operation(),
                        call.model(),
                        call.status()))
            .toList();
    var address =
        new DatabaseAddress(
            OwnPostgres.url(postgres.port(), database), Optional.empty(), Optional.empty());
    try (var pool = ConnectionPool.open(address, 2, ConnectionPool.Use.JOBS);
        var connection = pool.getConnection()) {
      var audit = TestAudit.signed(new Database(pool), Node.KEK, InstantSource.system());
      CanaryRows.sweep(OwnPostgres.url(postgres.port(), database));
      return EvidenceReader.over(connection)
          .read(history.actions(), received, viewed, audit, errorReports);
    }
  }

  @Override
  public void close() throws Exception {
    if (viewer != null) {
      viewer.close();
    }
    for (var node : nodes) {
      node.close();
    }
    sandbox.close();
    postgres.cutConnections(database);
    postgres.execute("postgres", "drop database if exists " + database + " with (force)");
  }
}
