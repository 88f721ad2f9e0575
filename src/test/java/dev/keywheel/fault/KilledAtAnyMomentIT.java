package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.db.DatabaseRetry;
import dev.keywheel.sandbox.server.Latency;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Await;
import dev.keywheel.support.OwnPostgres;
import dev.keywheel.time.Delayer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose process is killed repeatedly. */
@Timeout(3_600)
class KilledAtAnyMomentIT {
  private static final String NAME = "runs";
  private static final int KILLS = 30;
  private static final int FASTER_THAN_DEMO = 5;
  private static final Duration SOON = Duration.ofSeconds(150);

  @TempDir private Path folder;

  private OwnPostgres postgres;
  private HikariDataSource connections;
  private Database database;
  private Sandbox sandbox;

  @BeforeEach
  void start() {
    postgres = new OwnPostgres(folder);
    postgres.create(NAME);
    var url = OwnPostgres.url(postgres.port(), NAME);
    connections =
        ConnectionPool.open(
            new DatabaseAddress(url, Optional.empty(), Optional.empty()),
            2,
            ConnectionPool.Use.JOBS);
    database = new Database(connections);
    sandbox =
        Sandbox.start(
            SandboxOptions.instant()
                .withLatency(Latency.DEMO)
                .withPause(d -> Delayer.real().sleep(d.dividedBy(FASTER_THAN_DEMO))));
  }

  @AfterEach
  void stop() {
    connections.close();
    sandbox.close();
    postgres.close();
  }

  @Test
  @Tag("slow")
  void runs_killed_at_thirty_moments_complete_and_repeat_nothing_finished() throws Exception {
    var dice = new SplittableRandom(12);
    var keywheel = started();
    try {
      OnDatabase.importKeys(OnDatabase.signedIn(keywheel), 12, "sk-or-demo-valid-%d");
      for (int i = 0; i < KILLS; i++) {
        OnDatabase.generate(OnDatabase.signedIn(keywheel));
        int more = calls() + 1 + dice.nextInt(7);
        Await.until("calls are made", SOON, () -> calls() >= more);
        Delayer.real().sleep(Duration.ofMillis(dice.nextInt(900)));
        keywheel.kill();
        OnDatabase.expireLeases(database);
        keywheel.close();
        keywheel = started();
        Await.until("it has ended", SOON, () -> open() == 0);
      }
    } finally {
      keywheel.close();
    }
    assertCompleted(KILLS);
    var attempts = attempts();
    assertThat(attempts.getValues(ATTEMPTS.STATE)).containsOnly("ok", "unknown");
    int ok = (int) attempts.stream().filter(a -> a.get(ATTEMPTS.STATE).equals("ok")).count();
    assertThat(ok).as("each operation has one answer").isEqualTo(8 * KILLS);
    assertThat(calls()).as("every call has its attempt").isBetween(ok, attempts.size());
  }

  private StartedKeywheel started() {
    return OnDatabase.start(
        folder.resolve("data"),
        OwnPostgres.url(postgres.port(), NAME),
        sandbox.baseUrl(),
        List.of());
  }

  /** Retries, because the test's own connections also break. */
  private <T> T read(Function<DSLContext, T> statements) {
    return new DatabaseRetry(Delayer.real(), new SplittableRandom(1), SOON)
        .get(() -> database.read(statements));
  }

  private int calls() {
    return (int)
        sandbox.requests().calls().stream().filter(call -> call.method().equals("POST")).count();
  }

  private int open() {
    return read(dsl -> dsl.fetchCount(RUNS, RUNS.ENDED_AT.isNull()));
  }

  private Result<? extends Record> attempts() {
    return read(dsl -> dsl.selectFrom(ATTEMPTS).orderBy(ATTEMPTS.RUN_ID, ATTEMPTS.ORDINAL).fetch());
  }

  private void assertCompleted(int runs) {
    List<String> ended = read(dsl -> dsl.selectFrom(RUNS).fetch(RUNS.STATE));
    assertThat(ended).containsOnly("completed").hasSize(runs);
    List<String> operations = read(dsl -> dsl.selectFrom(OPERATIONS).fetch(OPERATIONS.STATE));
    assertThat(operations).containsOnly("succeeded");
  }
}
