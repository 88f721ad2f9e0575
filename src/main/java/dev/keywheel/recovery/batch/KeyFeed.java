package dev.keywheel.recovery.batch;

import dev.keywheel.db.Database;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.recovery.store.KeyTestRepository;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Reads the keys of a batch without a result, page by page in the order of their ids, so that only
 * the keys being tested are in memory. Used by one thread.
 */
public final class KeyFeed {
  /** Keys that are read, and whose secrets are read, with one statement. */
  public static final int PAGE = 1_000;

  private static final UUID START = new UUID(0, 0);

  private final Database database;
  private final KeyTestRepository tests;
  private final UUID recovery;

  /** Returned, and without a stored result. */
  private final Set<UUID> inHand = new HashSet<>();

  private UUID after = START;
  private boolean ended;

  KeyFeed(Database database, KeyTestRepository tests, UUID recovery) {
    this.database = database;
    this.tests = tests;
    this.recovery = recovery;
  }

  /** The next keys; empty at the end. */
  List<KeyToTest> next() {
    var fresh = new ArrayList<KeyToTest>();
    while (!ended && fresh.isEmpty()) {
      var page = database.read(dsl -> tests.waiting(dsl, recovery, after, PAGE));
      page.stream().filter(key -> inHand.add(key.keyId())).forEach(fresh::add);
      ended = page.size() < PAGE;
      after = ended ? after : page.getLast().keyId();
    }
    return fresh;
  }

  /** Starts again, after keys were added to the batch. */
  void restart() {
    after = START;
    ended = false;
  }

  boolean ended() {
    return ended;
  }

  void written(Collection<KeyCheckResult> results) {
    results.forEach(tested -> inHand.remove(tested.key().keyId()));
  }
}
