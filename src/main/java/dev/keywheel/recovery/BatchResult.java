package dev.keywheel.recovery;

import dev.keywheel.recovery.store.KeyTestResult;
import java.util.List;

/**
 * The results for the keys of one caller.
 *
 * @param finished whether each key has its result; false after a timeout, an interrupt or the stop
 *     of the node
 */
public record BatchResult(boolean finished, List<KeyTestResult> keys) {
  static final BatchResult NOTHING = new BatchResult(true, List.of());
}
