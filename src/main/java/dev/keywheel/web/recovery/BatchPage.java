package dev.keywheel.web.recovery;

import dev.keywheel.recovery.Batch;
import dev.keywheel.recovery.TestOutcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One batch with its keys.
 *
 * @param shown the outcome that the table is narrowed to; null for all
 * @param after the place that the table begins behind; 0 for its start
 * @param next address of the keys after these; null when there are none
 */
public record BatchPage(
    BatchCard card,
    @Nullable TestOutcome shown,
    long after,
    List<TestLine> tests,
    @Nullable String next) {

  /** A choice of the table's filter. */
  public record Choice(String label, String path, boolean current) {}

  public Batch batch() {
    return card.batch();
  }

  public boolean live() {
    return batch().running();
  }

  /** Where the same part of the same table is asked for while the batch runs. */
  public String livePath() {
    var of = shown == null ? "" : "&result=" + shown.word();
    return card.path() + "/live?after=" + after + of;
  }

  public List<Choice> choices() {
    var choices = new ArrayList<Choice>();
    choices.add(new Choice("All", card.path(), shown == null));
    for (var outcome : TestOutcome.values()) {
      if (count(outcome) > 0 || outcome == shown) {
        choices.add(
            new Choice(
                outcome.label() + " (" + BatchCard.number(count(outcome)) + ")",
                card.path() + "?result=" + outcome.word(),
                outcome == shown));
      }
    }
    return choices;
  }

  /** The keys behind a result where they can be selected: the list of keys with that status. */
  public List<Choice> selections() {
    var selections = new ArrayList<Choice>();
    var tally = batch().tally();
    if (tally.stillFailed() > 0) {
      selections.add(selection("Select the failed", "failed", tally.stillFailed()));
    }
    if (tally.stillLimited() > 0) {
      selections.add(selection("Select the rate limited", "rate_limited", tally.stillLimited()));
    }
    if (tally.recovered() > 0) {
      selections.add(selection("Select the recovered", "active", tally.recovered()));
    }
    return selections;
  }

  private Choice selection(String label, String status, int count) {
    return new Choice(
        label + " (" + BatchCard.number(count) + ")",
        "/keys?status=" + status + "&provider=" + batch().pool().provider(),
        false);
  }

  private int count(TestOutcome outcome) {
    var tally = batch().tally();
    return switch (outcome) {
      case ACTIVE -> tally.recovered() + tally.stillActive();
      case RATE_LIMITED -> tally.stillLimited();
      case FAILED -> tally.stillFailed();
      case UNKNOWN -> tally.unknown();
      case CANCELLED -> tally.cancelled();
    };
  }

  public String version(Instant now) {
    return Integer.toHexString(Objects.hash(batch(), shown, live() ? now.getEpochSecond() : 0));
  }
}
