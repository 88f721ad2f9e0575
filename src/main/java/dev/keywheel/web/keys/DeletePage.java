package dev.keywheel.web.keys;

import dev.keywheel.key.RunsInFlight;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the number of keys before many are deleted.
 *
 * @param ids the chosen ones; empty when all that match are meant
 * @param inFlight what is going on with them right now
 * @param asOf when the list was shown
 * @param left how many keys there are afterwards
 */
public record DeletePage(
    int size,
    List<String> ids,
    boolean all,
    String asOf,
    String view,
    int left,
    RunsInFlight inFlight,
    @Nullable String error) {

  /** What stops, in a sentence. */
  public String stops() {
    int runs = inFlight.runs();
    if (runs == 0) {
      return "No run that is going on has one of them in its plan.";
    }
    return (runs == 1
            ? "1 run that is going on has "
            : Words.number(runs) + " runs that are going on have ")
        + Words.number(inFlight.keys())
        + " of them in "
        + (runs == 1 ? "its plan" : "their plans")
        + ": other keys take those turns, or it waits when there is none.";
  }
}
