package dev.keywheel.web.recovery;

import dev.keywheel.key.search.KeyTestOutcomeFilter;
import dev.keywheel.recovery.store.Batch;
import dev.keywheel.web.page.Choice;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Url;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One batch with its keys.
 *
 * @param shown the outcome that filters the table; null for all
 * @param after id of the key before the first row; all zeros for the start
 * @param next URL of the next page; null for none
 */
public record BatchPage(
    BatchCard card,
    @Nullable KeyTestOutcomeFilter shown,
    UUID after,
    List<TestLine> tests,
    @Nullable String next) {

  public Batch batch() {
    return card.batch();
  }

  public boolean live() {
    return batch().running();
  }

  /** URL of this part of the table, polled while the batch runs. */
  public String livePath() {
    var of = shown == null ? "" : "&result=" + shown.code();
    return card.path() + "/live?after=" + after + of;
  }

  public List<Choice> choices() {
    var choices = new ArrayList<Choice>();
    choices.add(new Choice("All", card.path(), shown == null));
    for (var result : KeyTestOutcomeFilter.values()) {
      if (card.count(result) > 0 || result == shown) {
        choices.add(
            new Choice(
                result.label() + " (" + NumberFormats.grouped(card.count(result)) + ")",
                card.path() + "?result=" + result.code(),
                result == shown));
      }
    }
    return choices;
  }

  /** Links to the list of keys, with the keys of one outcome selected. */
  public List<Choice> selections() {
    var selections = new ArrayList<Choice>();
    select(selections, "Select newly failing keys", KeyTestOutcomeFilter.NEWLY_FAILED);
    select(selections, "Select keys still failing", KeyTestOutcomeFilter.STILL_FAILED);
    select(selections, "Select newly rate-limited keys", KeyTestOutcomeFilter.NEWLY_LIMITED);
    select(selections, "Select keys still rate limited", KeyTestOutcomeFilter.STILL_LIMITED);
    select(selections, "Select recovered keys", KeyTestOutcomeFilter.RECOVERED);
    select(selections, "Select keys that could not be tested", KeyTestOutcomeFilter.UNKNOWN);
    return selections;
  }

  private void select(List<Choice> selections, String label, KeyTestOutcomeFilter as) {
    if (as.isSelectable() && card.count(as) > 0) {
      var path =
          Url.of("/keys").with("batch", batch().id()).with("result", as.code()).with("selected", 1);
      selections.add(
          new Choice(
              label + " (" + NumberFormats.grouped(card.count(as)) + ")", path.toString(), false));
    }
  }

  String version(Instant now) {
    return Htmx.version(Arrays.asList(batch(), shown, live() ? now.getEpochSecond() : 0));
  }
}
