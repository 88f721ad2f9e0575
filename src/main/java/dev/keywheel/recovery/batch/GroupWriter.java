package dev.keywheel.recovery.batch;

import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.recovery.store.BatchRepository.ClaimedBatch;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the groups of a batch in order. Uses two transactions for a large group that is not the
 * last, and for a group that arrives while another is being written: one for the states of the
 * keys, then one for the results on a second connection, concurrently with the states of the next
 * group. PostgreSQL uses only one processor for each transaction. If the node dies between the two,
 * keys stay without a result, and the next node tests them again.
 */
final class GroupWriter implements AutoCloseable {
  /** Minimum size of a group for two transactions; one transaction takes fewer statements. */
  static final int MIN_LARGE_GROUP = 500;

  private final ResultWriter results;
  private final ClaimedBatch batch;
  private final Consumer<List<KeyCheckResult>> written;
  private final WriterThread second = new WriterThread();
  private @Nullable Future<Boolean> writing;
  private List<KeyCheckResult> beingWritten = List.of();

  /**
   * @param written called in the caller's thread with each group that is completely written
   */
  GroupWriter(ResultWriter results, ClaimedBatch batch, Consumer<List<KeyCheckResult>> written) {
    this.results = results;
    this.batch = batch;
    this.written = written;
  }

  /**
   * Writes a group; false when this node no longer holds the batch.
   *
   * @param more whether the batch waits for further results
   */
  boolean write(List<KeyCheckResult> group, boolean more) throws InterruptedException {
    boolean alone = writing == null || writing.isDone();
    if (alone && (!more || group.size() < MIN_LARGE_GROUP)) {
      boolean ours = finish() && results.write(batch, group);
      written.accept(group);
      return ours;
    }
    var applied = results.writeStates(batch, group);
    finish();
    if (applied.isPresent()) { // also after a cancellation: the states are already stored
      writing = second.start(() -> results.writeResults(batch, applied.get()));
      beingWritten = group;
    }
    return applied.isPresent();
  }

  /**
   * Waits for the results that are being written; false when this node no longer holds the batch.
   */
  boolean finish() throws InterruptedException {
    if (writing == null) {
      return true;
    }
    try {
      boolean ours = WriterThread.result(writing);
      written.accept(beingWritten);
      return ours;
    } finally {
      writing = null;
    }
  }

  /** Waits for the results that are being written. */
  @Override
  public void close() {
    second.close();
  }
}
