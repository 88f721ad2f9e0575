package dev.keywheel.web.keys;

import dev.keywheel.key.TestedAs;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.Batch;
import dev.keywheel.recovery.Tally;
import dev.keywheel.web.Digits;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Url;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch of tests above the list of keys: how far it is, and what came of it so far.
 *
 * @param view this page of the list, where a cancellation leads back to
 */
public record KeyBatch(Batch batch, String view) {

  /** How many keys had a result, and where to see them; no link while there are none. */
  public record Part(Tone tone, String number, String words, @Nullable String href) {}

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
    String keys = Words.keys(batch.tally().total());
    String provider = " of " + Providers.label(batch.pool().provider());
    return switch (batch.state()) {
      case RUNNING -> "Testing " + keys + provider;
      case DONE -> keys + provider + " tested";
      case CANCELLED -> "The test of " + keys + provider + " was cancelled";
      case INCONCLUSIVE -> keys + provider + " could not be tested";
    };
  }

  public int done() {
    return batch.tally().tested() + batch.tally().cancelled();
  }

  public String words() {
    return Digits.grouped(done()) + " of " + Digits.grouped(batch.tally().total());
  }

  public List<Part> parts() {
    Tally tally = batch.tally();
    var parts = new ArrayList<Part>();
    add(parts, Tone.OK, tally.recovered(), "recovered", TestedAs.RECOVERED);
    add(parts, Tone.OK, tally.stillActive(), "work as before", TestedAs.STILL_ACTIVE);
    add(parts, Tone.WARN, tally.stillLimited(), "rate limited", TestedAs.STILL_LIMITED);
    add(parts, Tone.BAD, tally.stillFailed(), "failed", TestedAs.STILL_FAILED);
    add(parts, Tone.INFO, tally.unknown(), "could not be tested", TestedAs.UNKNOWN);
    add(parts, Tone.OFF, tally.cancelled(), "not tested", TestedAs.NOT_TESTED);
    int left = tally.total() - done();
    if (left > 0) {
      parts.add(new Part(Tone.OFF, Digits.grouped(left), "left", null));
    }
    return parts;
  }

  private void add(List<Part> parts, Tone tone, int number, String words, TestedAs as) {
    if (number > 0) {
      var href = Url.of("/keys").with("batch", id()).with("result", as.word()).with("selected", 1);
      parts.add(new Part(tone, Digits.grouped(number), words, href.toString()));
    }
  }
}
