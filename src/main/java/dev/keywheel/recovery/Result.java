package dev.keywheel.recovery;

import java.util.List;

/**
 * What an asker knows of its own keys.
 *
 * @param finished whether each of them has its result; false when the time to wait was over first
 */
public record Result(boolean finished, List<KeyTestResult> keys) {
  static final Result NOTHING = new Result(true, List.of());

  public Tally tally() {
    return Tally.of(keys);
  }
}
