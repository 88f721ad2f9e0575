package dev.keywheel.web.recovery;

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
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.time.DurationText;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** A batch of key tests in numbers: state, progress, outcomes. */
public record BatchCard(Batch batch, Instant now) {
  private static final Set<KeyTestOutcomeFilter> ALWAYS =
      Set.of(RECOVERED, NEWLY_FAILED, STILL_FAILED, STILL_LIMITED);

  /** An outcome: its count and the URL of its keys. */
  public record Part(Severity tone, String number, String label, String path) {
    /** Whether the count is zero; shown in a muted colour. */
    public boolean isZero() {
      return number.equals("0");
    }
  }

  public String path() {
    return "/recovery/" + batch.id();
  }

  public Severity tone() {
    return switch (batch.state()) {
      case RUNNING -> Severity.INFO;
      case DONE -> Severity.OK;
      case CANCELLED -> Severity.OFF;
      case INCONCLUSIVE -> Severity.WARN;
    };
  }

  public String label() {
    return batch.state().label();
  }

  /** {@code 17 of 23 tested}. */
  public String tested() {
    return NumberFormats.grouped(batch.counts().tested())
        + " of "
        + NumberFormats.grouped(batch.counts().total())
        + " tested";
  }

  /** The outcomes that are common, and those that a key of the batch has. */
  public List<Part> parts() {
    return Stream.of(
            RECOVERED,
            NEWLY_FAILED,
            STILL_FAILED,
            NEWLY_LIMITED,
            STILL_LIMITED,
            STILL_ACTIVE,
            UNKNOWN,
            NOT_TESTED)
        .filter(as -> ALWAYS.contains(as) || count(as) > 0)
        .map(this::part)
        .toList();
  }

  /** The outcomes for the history; for the test of a single key, only the outcome that it had. */
  public List<Part> shortParts() {
    return batch.counts().total() == 1
        ? parts().stream().filter(part -> !part.isZero()).toList()
        : parts();
  }

  /** The trigger of the batch and its user: {@code Started by ada@example.org}. */
  public String triggerText() {
    var who = batch.askedBy();
    if (batch.trigger() == Trigger.REFUSED_KEY) {
      return "Started automatically after a refusal "
          + ("gateway".equals(who) ? "at the gateway" : "in a run");
    }
    var label = batch.trigger().label();
    var sentence = Character.toUpperCase(label.charAt(0)) + label.substring(1);
    if (who == null || who.equals("run")) {
      return sentence;
    }
    boolean joined = batch.trigger() != Trigger.USER && !who.equals("gateway");
    return sentence + (joined ? ", also requested by " : " by ") + who;
  }

  int count(KeyTestOutcomeFilter as) {
    var batchCounts = batch.counts();
    return switch (as) {
      case RECOVERED -> batchCounts.recovered();
      case STILL_ACTIVE -> batchCounts.stillActive();
      case NEWLY_LIMITED -> batchCounts.newlyLimited();
      case STILL_LIMITED -> batchCounts.limitedBeforeAndNow();
      case NEWLY_FAILED -> batchCounts.newlyFailed();
      case STILL_FAILED -> batchCounts.failedBeforeAndNow();
      case UNKNOWN -> batchCounts.unknown();
      case NOT_TESTED -> batchCounts.cancelled();
    };
  }

  public String keys() {
    return NumberFormats.counted(
        batch.counts().total(), Providers.label(batch.pool().provider()) + " key");
  }

  public String duration() {
    return DurationText.of(batch.took(now));
  }

  /** The slowest response; a dash before the first. */
  public String slowest() {
    var slowest = batch.slowestMs();
    return slowest == null ? "–" : DurationText.ofMillis(slowest);
  }

  public boolean inconclusive() {
    return batch.state() == BatchState.INCONCLUSIVE;
  }

  private Part part(KeyTestOutcomeFilter as) {
    var severity =
        switch (as) {
          case RECOVERED, STILL_ACTIVE -> Severity.OK;
          case NEWLY_FAILED, STILL_FAILED -> Severity.BAD;
          case NEWLY_LIMITED, STILL_LIMITED -> Severity.WARN;
          case UNKNOWN -> Severity.INFO;
          case NOT_TESTED -> Severity.OFF;
        };
    return new Part(
        severity,
        NumberFormats.grouped(count(as)),
        as.label().toLowerCase(Locale.ROOT),
        path() + "?result=" + as.code());
  }
}
