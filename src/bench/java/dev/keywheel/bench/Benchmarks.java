package dev.keywheel.bench;

import dev.keywheel.AnonymousRequestsBench;
import dev.keywheel.ArticleBench;
import dev.keywheel.ChangesBench;
import dev.keywheel.MigrationBench;
import dev.keywheel.QueueBench;
import dev.keywheel.RunBench;
import dev.keywheel.ScaleBench;
import dev.keywheel.e2e.ToolCheckBench;
import dev.keywheel.gateway.GatewayBench;
import dev.keywheel.gateway.seat.SeatsBench;
import dev.keywheel.recovery.RecoveryBench;
import dev.keywheel.web.keys.KeysBench;
import java.util.List;

/** All benchmarks, in the order in which they run. */
final class Benchmarks {
  static final List<Bench.Benchmark> ALL =
      List.of(
          new AssignmentBench(),
          new RunBench(),
          new QueueBench(),
          new MigrationBench(),
          new ScaleBench(),
          new ChangesBench(),
          new RecoveryBench(),
          new KeysBench(),
          new ArticleBench(),
          new ToolCheckBench(),
          new AnonymousRequestsBench(),
          new SeatsBench(),
          new GatewayBench());

  private Benchmarks() {}
}
