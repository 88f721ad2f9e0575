package dev.keywheel.support;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.Usage;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.AttemptState;
import dev.keywheel.run.OperationRepository;
import dev.keywheel.run.Seat;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/**
 * A node that sends and ends calls of some runs in random order, through the repositories of the
 * application: answered, cut, unusable, refused, timed out, cancelled, unknown, never sent.
 */
public final class RandomAttempts {
  public static final List<String> MODELS = List.of("test/a:free", "test/b", "test/c");
  private static final List<String> POOLS = List.of("openrouter", "sandbox");
  private static final int KEYS = 5;

  private final Database database;
  private final Random random;
  private final Instant now;
  private final Duration since;
  private final List<UUID> runs = new ArrayList<>();
  private final List<Attempt> attempts = new ArrayList<>();
  private final AttemptRepository rows = new AttemptRepository();
  private final OperationRepository operations = new OperationRepository();

  /**
   * @param since age of the oldest call
   */
  public RandomAttempts(
      Database database, Ids ids, UUID workspace, Instant now, Duration since, long seed) {
    this.database = database;
    this.now = now;
    this.since = since;
    this.random = new Random(seed);
    for (var pool : POOLS) {
      runs.add(run(database, ids, workspace, pool, now));
      runs.add(run(database, ids, workspace, pool, now.minus(Duration.ofDays(2))));
    }
  }

  /** The same runs on another node, which has taken over some of them. */
  private RandomAttempts(RandomAttempts other, Database database, long seed) {
    this.database = database;
    this.now = other.now;
    this.since = other.since;
    this.random = new Random(seed);
    this.runs.addAll(other.runs);
  }

  public RandomAttempts another(Database database, long seed) {
    return new RandomAttempts(this, database, seed);
  }

  public static UUID run(
      Database database, Ids ids, UUID workspace, String provider, Instant created) {
    var run = ids.next();
    database.runTx(
        tx -> RunRows.insert(tx, run, new PoolId(workspace, provider), "completed", created));
    return run;
  }

  /** Makes this number of steps; in one of ten the connection ends before the commit. */
  public void play(int steps) {
    for (int i = 0; i < steps; i++) {
      if (random.nextInt(10) == 0) {
        crash();
      } else {
        database.runTx(this::step);
      }
    }
  }

  private void crash() {
    int known = attempts.size();
    try {
      database.runTx(
          tx -> {
            step(tx);
            tx.dsl().execute("select pg_terminate_backend(pg_backend_pid())");
          });
      throw new AssertionError("the connection was not ended");
    } catch (RuntimeException expected) {
      attempts.subList(known, attempts.size()).clear();
    }
  }

  private void step(Tx tx) {
    int what = attempts.isEmpty() ? 0 : random.nextInt(12);
    if (what < 5) {
      send(tx);
    } else if (what < 9) {
      end(tx, pick(attempts));
    } else if (what == 9) {
      rows.drop(tx, pick(attempts), "not_sent");
    } else if (what == 10) {
      operations.markUnusable(tx, pick(attempts).id());
    } else {
      AttemptRepository.closeSent(tx, pick(runs), now);
    }
  }

  private void send(Tx tx) {
    var run = pick(runs);
    int key = random.nextInt(KEYS) + 10 * (runs.indexOf(run) / 2);
    var seat = new Seat(new UUID(0, key), "key" + key, key);
    var at = now.minusMillis(random.nextLong(since.toMillis()));
    attempts.add(
        rows.insert(
            tx,
            run,
            1 + random.nextInt(1_000_000),
            AttemptCause.FIRST,
            pick(MODELS),
            "hash",
            100,
            seat,
            at));
  }

  private void end(Tx tx, Attempt attempt) {
    var usage =
        new Usage(
            random.nextInt(5_000),
            random.nextInt(5_000),
            0,
            BigDecimal.valueOf(random.nextInt(10_000_000), 8),
            true);
    var evidence = new Evidence(now, "chat", 200, "R1", "test", Map.of(), null);
    var metadata = new CallMetadata(evidence, random.nextInt(9_000), usage, new byte[0]);
    var answer =
        new CallOutcome.Answer(
            "Hello", random.nextInt(5) == 0, "stop", null, attempt.model(), metadata);
    CallOutcome outcome =
        switch (random.nextInt(5)) {
          case 0 -> new CallOutcome.TimedOut(metadata);
          case 1 -> new CallOutcome.ModelError(ModelErrorKind.UPSTREAM_LIMITED, null, metadata);
          default -> answer;
        };
    boolean aborted = random.nextInt(8) == 0;
    var state = AttemptState.of(outcome, aborted, random.nextBoolean());
    rows.close(tx, attempt, state, outcome, "answer", now);
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
