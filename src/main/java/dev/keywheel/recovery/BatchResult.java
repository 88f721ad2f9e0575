package dev.keywheel.recovery;

import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.recovery.store.KeyTestResult;
import java.util.List;

/**
 * What an asker knows of its own keys.
 *
 * @param finished whether each of them has its result; false when the time to wait was over first
 */
public record BatchResult(boolean finished, List<KeyTestResult> keys) {
  static final BatchResult NOTHING = new BatchResult(true, List.of());

  public BatchCounts tally() {
    return BatchCounts.of(keys);
  }
}
