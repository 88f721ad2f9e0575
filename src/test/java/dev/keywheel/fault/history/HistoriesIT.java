package dev.keywheel.fault.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.OwnPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Histories of clients on two nodes under faults, checked against the database and the provider's
 * ledger. {@code mvn -Pfull verify} replays the seeds of {@code fault-seeds.txt}; {@code -Pfaults}
 * tries new seeds: {@code -Dseed=N} only N, {@code -Dseeds=200} that many, starting with {@code
 * -DfirstSeed=1}.
 */
@Tag("full")
@Timeout(300)
class HistoriesIT {
  /** The directory for the answers to clients and the output of the nodes. */
  private static final Path OUTPUT = Path.of("target", "faults");

  @TempDir private static Path folder;
  @AutoClose private static OwnPostgres postgres;

  @BeforeAll
  static void start() {
    postgres = new OwnPostgres(folder.resolve("postgres"));
  }

  static Stream<Long> seeds() throws Exception {
    var seed = Long.getLong("seed");
    if (seed != null) {
      return Stream.of(seed);
    }
    int seeds = Integer.getInteger("seeds", 0);
    if (seeds > 0) {
      long first = Long.getLong("firstSeed", 1);
      return LongStream.range(first, first + seeds).boxed();
    }
    try (var lines = Files.lines(Path.of("src/test/resources/fault-seeds.txt"))) {
      var known = lines.filter(l -> !l.startsWith("#") && !l.isBlank()).toList();
      return known.stream().map(l -> Long.valueOf(l.split(" ", 2)[0]));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void no_work_is_lost_or_done_twice(long seed) throws Exception {
    var schedule = Schedule.of(seed);
    var result = Experiment.run(schedule, postgres, OUTPUT.resolve("seed-" + seed));
    System.out.println("seed " + seed + ": " + result.summary());
    assertThat(result.violations()).as(schedule.text()).isEmpty();
  }
}
