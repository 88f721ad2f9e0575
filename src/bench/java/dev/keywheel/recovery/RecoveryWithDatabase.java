package dev.keywheel.recovery;

import dev.keywheel.bench.Bench.Figure;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The same from the question to the last result in PostgreSQL, its log lines included. */
final class RecoveryWithDatabase {
  private static final Duration LONG = Duration.ofMinutes(2);

  private final URI provider;

  RecoveryWithDatabase(URI provider) {
    this.provider = provider;
  }

  List<Figure> run() throws Exception {
    var figures = new ArrayList<Figure>();
    measure(new ArrayList<>(), 1_000); // as the rest: in a process that has been up for a while
    for (int keys : new int[] {100, 1_000, 10_000}) {
      measure(figures, keys);
    }
    return figures;
  }

  private void measure(List<Figure> figures, int keys) throws Exception {
    try (var world = World.over(provider)) {
      world.set(new RecoverySettings(10_000, 30));
      world.manyFailed(keys, "key", "ok");
      var node = world.node("bench");
      long start = System.nanoTime();
      var tickets = node.recovery().askAll(world.person);
      var result = node.recovery().await(tickets.getFirst(), LONG);
      double seconds = (System.nanoTime() - start) / 1e9;
      if (result.tally().recovered() != keys) {
        throw new IllegalStateException("Not all recovered: " + result.tally());
      }
      int groups =
          world.database.read(
              dsl ->
                  Objects.requireNonNull(
                      dsl.fetchSingle("select count(distinct xmin::text) from key_tests")
                          .get(0, Integer.class)));
      var of = String.format("%,d keys with PostgreSQL", keys);
      figures.add(new Figure(of + ", wall over one answer", seconds / 2, "ratio", "", "measured"));
      figures.add(new Figure(of + ", transactions of results", groups, "", "", "measured"));
    }
  }
}
