package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes whose clocks differ by four hours, one of them in a zone with daylight saving time. */
@Tag("slow")
@Timeout(240)
class ClockOffIT {
  private static final Duration DONE = Duration.ofSeconds(90);

  @TempDir private Path early;
  @TempDir private Path late;

  @Test
  void with_wrong_clocks_sessions_stay_valid_runs_end_and_no_node_takes_over_work()
      throws Exception {
    try (var database = TestDatabase.create();
        var sandbox = Sandbox.start(SandboxOptions.instant())) {
      var url = database.address().jdbcUrl();
      try (var first =
              OnDatabase.start(
                  early,
                  url,
                  sandbox.baseUrl(),
                  List.of("-Dkeywheel.clockOffset=-PT2H", "-Duser.timezone=America/New_York"));
          var second =
              OnDatabase.start(
                  late, url, sandbox.baseUrl(), List.of("-Dkeywheel.clockOffset=PT2H"))) {
        var browser = OnDatabase.signedIn(first);
        OnDatabase.importKeys(browser, 9, "sk-or-demo-valid-%d");
        var there = browser.at(second.address());
        assertThat(there.get("/keys").status())
            .as("the session is valid on the other node")
            .isEqualTo(200);
        var runs = List.of(OnDatabase.generate(browser), OnDatabase.generate(there));
        Await.until(
            () -> "both end: " + states(database),
            DONE,
            () -> states(database).equals(List.of("completed", "completed")));
        assertThat(runs).doesNotHaveDuplicates();
        assertThat(attempts(database)).as("eight calls for each run").isEqualTo(16);
        assertThat(created(database))
            .allSatisfy(
                at ->
                    assertThat(Duration.between(at, Instant.now()).abs())
                        .isLessThan(Duration.ofMinutes(5)));
      }
    }
  }

  private static List<String> states(TestDatabase database) {
    return database.database().read(dsl -> dsl.selectFrom(RUNS).fetch(RUNS.STATE));
  }

  private static List<Instant> created(TestDatabase database) {
    return database.database().read(dsl -> dsl.selectFrom(RUNS).fetch(RUNS.CREATED_AT));
  }

  private static int attempts(TestDatabase database) {
    return database.database().read(dsl -> dsl.fetchCount(ATTEMPTS));
  }
}
