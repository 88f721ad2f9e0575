package dev.keywheel;

import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import java.util.ArrayList;
import java.util.List;

/** Every page of a small and of a large installation, in one run. */
public final class ScaleBench implements Benchmark {
  @Override
  public String name() {
    return "scale";
  }

  @Override
  public List<Figure> run() throws Exception {
    var figures = new ArrayList<Figure>();
    try (var small = ScaleDatabase.open(ScaleDatabase.Size.SMALL);
        var large = ScaleDatabase.open(ScaleDatabase.Size.LARGE)) {
      return figures;
    }
  }
}
