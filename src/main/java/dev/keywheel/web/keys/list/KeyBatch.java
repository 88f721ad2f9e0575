package dev.keywheel.web.keys.list;

import dev.keywheel.key.search.KeyTestOutcomeFilter;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.store.Batch;
import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch of tests above the list of keys: how far it is, and what came of it so far.
 *
 * @param view this page of the list, where a cancellation leads back to
 */
public record KeyBatch(Batch batch, String view) {

  /** The number of keys with a result and a link to them; no link for the keys left. */
  public record Part(Severity tone, String number, String words, @Nullable String href) {}

  public String id() {
    return batch.id().toString();
  }

  /** Asked for again every second while the batch runs. */
  public String path() {
    return Url.of("/keys/batches/" + id()).with("view", view).toString();
  }

  /** Changes with everything that is shown of the batch. */
  public String version() {
    return batch.state() + "-" + batch.tally().tested() + "-" + batch.tally().total();
  }

  public String title() {
    String keys =
        NumberFormats.counted(
            batch.tally().total(), Providers.label(batch.pool().provider()) + " key");
    return switch (batch.state()) {
      case RUNNING -> "Testing " + keys;
      case DONE -> keys + " tested";
      case CANCELLED -> "Test of " + keys + " stopped";
      case INCONCLUSIVE -> keys + " could not be tested";
    };
  }

  public int done() {
    return batch.tally().tested() + batch.tally().cancelled();
  }

  public String words() {
    return NumberFormats.grouped(done()) + " of " + NumberFormats.grouped(batch.tally().total());
  }

  public List<Part> parts() {
    BatchCounts batchCounts = batch.tally();
    var parts = new ArrayList<Part>();
    add(parts, Severity.OK, batchCounts.recovered(), "recovered", KeyTestOutcomeFilter.RECOVERED);
    add(
        parts,
        Severity.OK,
        batchCounts.stillActive(),
        "still working",
        KeyTestOutcomeFilter.STILL_ACTIVE);
    add(
        parts,
        Severity.WARN,
        batchCounts.stillLimited(),
        "rate limited",
        KeyTestOutcomeFilter.STILL_LIMITED);
    add(
        parts,
        Severity.BAD,
        batchCounts.stillFailed(),
        "failed",
        KeyTestOutcomeFilter.STILL_FAILED);
    add(
        parts,
        Severity.INFO,
        batchCounts.unknown(),
        "could not be tested",
        KeyTestOutcomeFilter.UNKNOWN);
    add(
        parts,
        Severity.OFF,
        batchCounts.cancelled(),
        "not tested",
        KeyTestOutcomeFilter.NOT_TESTED);
    int left = batchCounts.total() - done();
    if (batch.running() && left > 0) { // an ended batch lacks only keys that were purged
      parts.add(new Part(Severity.OFF, NumberFormats.grouped(left), "left", null));
    }
    return parts;
  }

  private void add(
      List<Part> parts, Severity severity, int number, String words, KeyTestOutcomeFilter as) {
    if (number > 0) {
      var href = Url.of("/keys").with("batch", id()).with("result", as.word()).with("selected", 1);
      parts.add(new Part(severity, NumberFormats.grouped(number), words, href.toString()));
    }
  }
}
