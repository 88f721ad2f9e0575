package dev.keywheel.web.keys;

import dev.keywheel.run.AttemptState;
import dev.keywheel.run.KeyUse;
import dev.keywheel.time.DurationText;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The newest calls of a key as bars, the oldest on the left. The height of a bar is the duration of
 * the call; a hollow bar is a call without an answer. The table below shows the same as text.
 *
 * @param uses newest first
 */
public record CallChart(List<KeyUse> uses) {
  static final int MIN_CALLS = 3;
  private static final int HEIGHT = 60;
  private static final int STEP = 12;

  /** One call, in units of the drawing. */
  public record Bar(int x, int y, int width, int height, boolean ok) {}

  public int width() {
    return uses.size() * STEP;
  }

  public int height() {
    return HEIGHT;
  }

  public List<Bar> bars() {
    int slowest = Math.max(1, latencies().stream().mapToInt(Integer::intValue).max().orElse(1));
    var bars = new ArrayList<Bar>();
    for (int i = 0; i < uses.size(); i++) {
      KeyUse use = uses.get(uses.size() - 1 - i);
      Integer ms = use.latencyMs();
      int height = ms == null ? 3 : Math.max(3, (HEIGHT - 2) * ms / slowest);
      bars.add(new Bar(i * STEP + 2, HEIGHT - 1 - height, STEP - 4, height, ok(use)));
    }
    return bars;
  }

  /** {@code 47 of the last 50 calls succeeded, half of them within 2.1 s, the slowest in 9.0 s.} */
  public String summary() {
    long ok = uses.stream().filter(CallChart::ok).count();
    var answered = uses.stream().filter(CallChart::ok).map(KeyUse::latencyMs);
    var sorted = answered.filter(Objects::nonNull).sorted().toList();
    String times =
        sorted.isEmpty()
            ? ""
            : ", half of them within "
                + DurationText.ofMillis(sorted.get((sorted.size() - 1) / 2))
                + ", the slowest in "
                + DurationText.ofMillis(sorted.getLast());
    return ok + " of the last " + uses.size() + " calls succeeded" + times + ".";
  }

  private List<Integer> latencies() {
    return uses.stream().map(KeyUse::latencyMs).filter(Objects::nonNull).toList();
  }

  /** Whether the provider answered; the answer may be truncated or unusable for the run. */
  private static boolean ok(KeyUse use) {
    return switch (AttemptState.of(use.state())) {
      case OK, CUT, INVALID -> true;
      case SENT, HTTP_ERROR, TIMEOUT, CANCELLED, UNKNOWN -> false;
    };
  }
}
