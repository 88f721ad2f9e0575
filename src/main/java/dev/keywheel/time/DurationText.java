package dev.keywheel.time;

import java.time.Duration;

/** Formats durations, truncated to the shown unit: 59.96 s is not 60.0 s. */
public final class DurationText {
  private DurationText() {}

  /** {@code 230 ms}, {@code 4.2 s}, {@code 3 min 20 s}, {@code 2 h 5 min}, {@code 3 days}. */
  public static String of(Duration duration) {
    return ofMillis(duration.toMillis());
  }

  public static String ofMillis(long elapsed) {
    var millis = Math.max(0, elapsed); // the clocks of two nodes may differ
    if (millis < 1_000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      return millis / 1_000 + "." + millis % 1_000 / 100 + " s";
    }
    var seconds = millis / 1_000;
    if (seconds < 3_600) {
      return seconds / 60 + " min" + (seconds % 60 == 0 ? "" : " " + seconds % 60 + " s");
    }
    if (seconds < 86_400) {
      var minutes = seconds % 3_600 / 60;
      return seconds / 3_600 + " h" + (minutes == 0 ? "" : " " + minutes + " min");
    }
    return seconds / 86_400 + (seconds < 172_800 ? " day" : " days");
  }
}
