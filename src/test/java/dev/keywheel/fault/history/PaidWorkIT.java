package dev.keywheel.fault.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.fault.history.Evidence.Received;
import dev.keywheel.fault.history.Schedule.DatabaseAway;
import dev.keywheel.fault.history.Schedule.DatabaseRestart;
import dev.keywheel.fault.history.Schedule.Event;
import dev.keywheel.fault.history.Schedule.Generate;
import dev.keywheel.fault.history.Schedule.Kill;
import dev.keywheel.fault.history.Schedule.Step;
import dev.keywheel.fault.history.Schedule.Terminate;
import dev.keywheel.support.OwnPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The cost of a fault: the number of provider calls for the operations of a run. */
@Tag("slow")
@Timeout(300)
class PaidWorkIT {
  private static final int OPERATIONS = 8;

  /** The name in the sandbox of a request that belongs to no operation. */
  private static final String OF_GATEWAY = "Completion";

  @TempDir private Path folder;
  @AutoClose private OwnPostgres postgres;

  @BeforeEach
  void start() {
    postgres = new OwnPostgres(folder.resolve("postgres"));
  }

  @Test
  void three_runs_cost_24_calls_although_the_database_restarts_three_times_and_is_away_for_20_s()
      throws Exception {
    var seen =
        play(
            at(0, new Generate(0, 1)),
            at(0, new Generate(1, 1)),
            at(0, new Generate(0, 1)),
            at(1_000, new DatabaseRestart(Duration.ZERO)),
            at(4_000, new DatabaseRestart(Duration.ZERO)),
            at(7_000, new DatabaseRestart(Duration.ZERO)),
            at(10_000, new DatabaseAway(Duration.ofSeconds(20))));
    assertThat(seen.runs()).extracting(Evidence.RunRow::state).containsOnly("completed");
    assertThat(callsOfRuns(seen)).hasSize(3 * OPERATIONS);
  }

  /** Leases last 30 s. */
  @Test
  void three_runs_cost_24_calls_although_the_database_is_unavailable_for_longer_than_a_lease()
      throws Exception {
    var seen =
        play(
            at(0, new Generate(0, 1)),
            at(0, new Generate(1, 1)),
            at(0, new Generate(0, 1)),
            at(2_000, new DatabaseAway(Duration.ofSeconds(40))));
    assertThat(seen.runs()).extracting(Evidence.RunRow::state).containsOnly("completed");
    assertThat(callsOfRuns(seen)).hasSize(3 * OPERATIONS);
  }

  @Test
  void a_run_costs_8_calls_although_its_node_is_stopped_in_the_middle() throws Exception {
    var seen =
        play(
            at(0, new Generate(0, 1)),
            at(2_500, new Terminate(0, Duration.ZERO)),
            at(3_000, new Terminate(1, Duration.ZERO)));
    assertThat(seen.runs()).extracting(Evidence.RunRow::state).containsOnly("completed");
    assertThat(callsOfRuns(seen)).hasSize(OPERATIONS);
  }

  @Test
  void a_kill_costs_a_run_no_more_than_the_calls_in_flight() throws Exception {
    var seen = play(at(0, new Generate(0, 1)), at(2_000, new Kill(0, Duration.ZERO)));
    assertThat(seen.runs()).extracting(Evidence.RunRow::state).containsOnly("completed");
    long unknown = seen.attempts().stream().filter(a -> a.state().equals("unknown")).count();
    assertThat(callsOfRuns(seen)).hasSizeLessThanOrEqualTo(OPERATIONS + (int) unknown);
  }

  /** The calls without those of the requests to the gateway with which each history ends. */
  private static List<Received> callsOfRuns(Evidence seen) {
    return seen.received().stream().filter(call -> !call.operation().equals(OF_GATEWAY)).toList();
  }

  private Evidence play(Step... steps) throws Exception {
    var inOrder = new ArrayList<>(List.of(steps));
    inOrder.sort(Comparator.comparing(Step::at));
    var schedule = new Schedule(0, Duration.ZERO, inOrder);
    var result = Experiment.run(schedule, postgres, folder.resolve("history"));
    assertThat(result.violations()).as(result.summary()).isEmpty();
    return result.evidence();
  }

  private static Step at(int millis, Event event) {
    return new Step(Duration.ofMillis(millis), event);
  }
}
