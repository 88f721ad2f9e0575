package dev.keywheel.web.keys.list;

import static dev.keywheel.key.search.KeyTestOutcomeFilter.NEWLY_FAILED;
import static dev.keywheel.key.search.KeyTestOutcomeFilter.NEWLY_LIMITED;
import static dev.keywheel.key.search.KeyTestOutcomeFilter.NOT_TESTED;
import static dev.keywheel.key.search.KeyTestOutcomeFilter.RECOVERED;
import static dev.keywheel.key.search.KeyTestOutcomeFilter.STILL_ACTIVE;
import static dev.keywheel.key.search.KeyTestOutcomeFilter.STILL_FAILED;
import static dev.keywheel.key.search.KeyTestOutcomeFilter.STILL_LIMITED;
import static dev.keywheel.key.search.KeyTestOutcomeFilter.UNKNOWN;

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
 * A batch of tests above the list of keys: its progress and its results so far.
 *
 * @param view address of this page of the list, to which a cancellation returns
 * @param shown the result of this batch by which the list is filtered; null for none
 */
public record KeyBatch(Batch batch, String view, @Nullable KeyTestOutcomeFilter shown) {

  /** The number of keys with a result and a link to them; no link for the remaining keys. */
  public record Part(
      Severity tone, String number, String label, @Nullable String href, boolean current) {}

  public String id() {
    return batch.id().toString();
  }

  /** Address of the progress, polled every second while the batch runs. */
  public String path() {
    return Url.of("/keys/batches/" + id()).with("view", view).toString();
  }

  /** A version that changes with the displayed progress. */
  public String version() {
    return "%s-%s-%s-%s"
        .formatted(batch.state(), batch.counts().tested(), done(), batch.counts().total());
  }

  public String title() {
    String keys =
        NumberFormats.counted(
            batch.counts().total(), Providers.label(batch.pool().provider()) + " key");
    return switch (batch.state()) {
      case RUNNING -> "Testing " + keys;
      case DONE -> keys + " tested";
      case CANCELLED -> "Test of " + keys + " stopped";
      case INCONCLUSIVE -> keys + " could not be tested";
    };
  }

  public int done() {
    return batch.counts().tested() + batch.counts().cancelled();
  }

  public String progressText() {
    return NumberFormats.grouped(done()) + " of " + NumberFormats.grouped(batch.counts().total());
  }

  /** The results that at least one key has, then the remaining keys while the batch runs. */
  public List<Part> parts() {
    BatchCounts counts = batch.counts();
    var parts = new ArrayList<Part>();
    add(parts, Severity.OK, counts.recovered(), "recovered", RECOVERED);
    add(parts, Severity.BAD, counts.newlyFailed(), "newly failing", NEWLY_FAILED);
    add(parts, Severity.BAD, counts.failedBeforeAndNow(), "still failing", STILL_FAILED);
    add(parts, Severity.WARN, counts.newlyLimited(), "newly rate limited", NEWLY_LIMITED);
    add(parts, Severity.WARN, counts.limitedBeforeAndNow(), "still rate limited", STILL_LIMITED);
    add(parts, Severity.OK, counts.stillActive(), "still active", STILL_ACTIVE);
    add(parts, Severity.INFO, counts.unknown(), "could not be tested", UNKNOWN);
    add(parts, Severity.OFF, counts.cancelled(), "not tested", NOT_TESTED);
    int left = counts.total() - done();
    if (batch.running() && left > 0) { // in an ended batch, only purged keys have no result
      parts.add(new Part(Severity.OFF, NumberFormats.grouped(left), "left", null, false));
    }
    return parts;
  }

  private void add(
      List<Part> parts, Severity severity, int number, String label, KeyTestOutcomeFilter as) {
    if (number > 0) {
      var selected = as.isSelectable() ? 1 : null;
      var href =
          Url.of("/keys").with("batch", id()).with("result", as.code()).with("selected", selected);
      parts.add(
          new Part(severity, NumberFormats.grouped(number), label, href.toString(), as == shown));
    }
  }
}
