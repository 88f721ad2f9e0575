package dev.keywheel.recovery.batch;

import dev.keywheel.db.Database;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.recovery.store.BatchRepository.ClaimedBatch;
import dev.keywheel.recovery.store.KeyTestRepository;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Reads the keys that have no result in a batch, page by page in the order of their ids, so that
 * only the keys being tested are in memory. After the last key it adds the next selected keys to
 * the batch. Used by one thread.
 */
final class KeyFeed {
  /** Number of keys read with one statement; another statement reads their secrets. */
  static final int PAGE_SIZE = 1_000;

  private static final UUID START = new UUID(0, 0);

  private final Database database;
  private final KeyTestRepository tests;
  private final BatchWriter writer;
  private final ClaimedBatch batch;

  /** Ids of keys that were returned and have no stored result yet. */
  private final Set<UUID> inHand = new HashSet<>();

  /** Number of keys in the batch when it was last read. */
  private int total;

  private UUID after = START;
  private boolean ended;

  KeyFeed(
      Database database,
      KeyTestRepository tests,
      BatchWriter writer,
      ClaimedBatch batch,
      int total) {
    this.database = database;
    this.tests = tests;
    this.writer = writer;
    this.batch = batch;
    this.total = total;
  }

  /** The next keys; empty at the end. */
  List<KeyToTest> next() {
    var fresh = new ArrayList<KeyToTest>();
    while (!ended && fresh.isEmpty()) {
      var page = database.read(dsl -> tests.waiting(dsl, batch.id(), after, PAGE_SIZE));
      page.stream().filter(key -> inHand.add(key.keyId())).forEach(fresh::add);
      if (!page.isEmpty()) {
        after = page.getLast().keyId();
      }
      if (page.size() < PAGE_SIZE && fresh.isEmpty()) { // keys that were found are tested first
        addSelected();
      }
    }
    return fresh;
  }

  private void addSelected() {
    var part = writer.addSelected(batch);
    ended = part.isEmpty();
    if (!ended) {
      after = part.get().after();
      total += part.get().added();
    }
  }

  /** Starts again at the first key if the batch now has more keys; returns whether it does. */
  boolean restartIfMore(int now) {
    boolean more = now > total;
    if (more) {
      total = now;
      after = START;
      ended = false;
    }
    return more;
  }

  /** Restarts with the keys that still have no result, except those {@code heldBack}. */
  void restart(Collection<KeyCheckResult> heldBack) {
    inHand.clear();
    heldBack.forEach(tested -> inHand.add(tested.key().keyId()));
    after = START;
    ended = false;
  }

  int total() {
    return total;
  }

  /** Whether all keys of the batch were returned, including selected keys that were added later. */
  boolean ended() {
    return ended;
  }

  void recordWritten(Collection<KeyCheckResult> results) {
    results.forEach(tested -> inHand.remove(tested.key().keyId()));
  }
}
