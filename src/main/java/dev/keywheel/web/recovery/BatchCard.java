package dev.keywheel.web.recovery;

import dev.keywheel.key.TestedAs;
import dev.keywheel.recovery.Batch;
import dev.keywheel.recovery.BatchState;
import dev.keywheel.web.Digits;
import dev.keywheel.web.TimeText;
import dev.keywheel.web.Tone;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A batch in numbers: its state, its bar, its outcomes. */
public record BatchCard(Batch batch, Instant now) {

  /** An outcome: how many, and where to see which. */
  public record Part(Tone tone, String number, String words, String path) {
    /** Nothing came out so: said in a quieter colour. */
    public boolean none() {
      return number.equals("0");
    }
  }

  public String path() {
    return "/recovery/" + batch.id();
  }

  public Tone tone() {
    return switch (batch.state()) {
      case RUNNING -> Tone.INFO;
      case DONE -> Tone.OK;
      case CANCELLED -> Tone.OFF;
      case INCONCLUSIVE -> Tone.WARN;
    };
  }

  public String word() {
    return batch.state().label();
  }

  /** {@code 17 of 23 tested}. */
  public String tested() {
    return Digits.grouped(batch.tally().tested())
        + " of "
        + Digits.grouped(batch.tally().total())
        + " tested";
  }

  /** What became of the keys; always the three that matter, others when there are any. */
  public List<Part> parts() {
    var tally = batch.tally();
    var parts = new ArrayList<Part>();
    parts.add(part(Tone.OK, tally.recovered(), "recovered", TestedAs.RECOVERED));
    parts.add(part(Tone.WARN, tally.stillLimited(), "still rate limited", TestedAs.STILL_LIMITED));
    parts.add(part(Tone.BAD, tally.stillFailed(), "still failed", TestedAs.STILL_FAILED));
    if (tally.stillActive() > 0) {
      parts.add(part(Tone.OK, tally.stillActive(), "still active", TestedAs.STILL_ACTIVE));
    }
    if (tally.unknown() > 0) {
      parts.add(part(Tone.INFO, tally.unknown(), "could not be tested", TestedAs.UNKNOWN));
    }
    if (tally.cancelled() > 0) {
      parts.add(part(Tone.OFF, tally.cancelled(), "not tested", TestedAs.NOT_TESTED));
    }
    return parts;
  }

  /** Why and for whom: {@code Asked for by ada@example.org}. */
  public String because() {
    var label = batch.trigger().label();
    var sentence = Character.toUpperCase(label.charAt(0)) + label.substring(1);
    var who = batch.askedBy();
    return who == null || who.equals("run") ? sentence : sentence + " by " + who;
  }

  public String keys() {
    int total = batch.tally().total();
    return total == 1 ? "1 key" : Digits.grouped(total) + " keys";
  }

  public String took() {
    return TimeText.duration(batch.took(now));
  }

  /** The slowest single answer; a dash before the first. */
  public String slowest() {
    var slowest = batch.slowestMs();
    return slowest == null ? "–" : TimeText.duration(Duration.ofMillis(slowest));
  }

  public boolean inconclusive() {
    return batch.state() == BatchState.INCONCLUSIVE;
  }

  private Part part(Tone tone, int number, String words, TestedAs as) {
    return new Part(tone, Digits.grouped(number), words, path() + "?result=" + as.word());
  }
}
