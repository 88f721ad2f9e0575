package dev.keywheel.bench;

import dev.keywheel.db.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Runs the benchmarks and writes their figures: a table on the screen, and one JSON file each.
 * {@code mvn -Pbench verify} runs all, {@code mvn -Dbench=recovery verify} one.
 */
public final class Bench {
  private Bench() {}

  /** One benchmark; its figures are ratios to a limit or a peer measured in the same run. */
  public interface Benchmark {
    String name();

    List<Figure> run() throws Exception;
  }

  /**
   * @param what the measured quantity and its size
   * @param bound the target; empty if the figure has none
   * @param how how the value was obtained, such as "measured", "computed" or "counted"
   */
  public record Figure(String what, double value, String unit, String bound, String how) {}

  /**
   * @param args the folder for the JSON files; the name of a benchmark, or {@code all}
   */
  public static void main(String[] args) throws Exception {
    var folder = Path.of(args[0]);
    Files.createDirectories(folder);
    for (var benchmark : Benchmarks.ALL) {
      if (args[1].equals("all") || args[1].equals(benchmark.name())) {
        report(folder, benchmark.name(), benchmark.run());
      }
    }
    System.exit(0);
  }

  private static void report(Path folder, String name, List<Figure> figures) throws IOException {
    System.out.println();
    System.out.println(name);
    for (var figure : figures) {
      System.out.printf(
          "  %-64s %12.3f %-8s %-12s %s%n",
          figure.what(), figure.value(), figure.unit(), figure.bound(), figure.how());
    }
    var machine =
        Map.of(
            "cores",
            Runtime.getRuntime().availableProcessors(),
            "maxHeapMb",
            Runtime.getRuntime().maxMemory() >> 20,
            "java",
            System.getProperty("java.version"));
    Files.writeString(
        folder.resolve(name + ".json"), Json.text(Map.of("machine", machine, "figures", figures)));
  }
}
