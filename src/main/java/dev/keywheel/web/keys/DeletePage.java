package dev.keywheel.web.keys;

import dev.keywheel.run.OpenRuns;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.page.NumberFormats;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The page on which the user types the number of keys before many keys are deleted.
 *
 * @param chosen number of selected keys at the time of the selection
 * @param size current number of selected keys
 * @param ids the selected keys; empty if all matching keys are selected
 * @param inFlight the runs in progress that use the keys
 * @param asOf when the list was shown
 * @param left number of keys that remain after the deletion
 */
public record DeletePage(
    int chosen,
    int size,
    List<String> ids,
    boolean all,
    String asOf,
    String view,
    int left,
    OpenRuns.RunsInFlight inFlight,
    @Nullable String error) {

  public String title() {
    return "Delete " + KeyMessages.keys(size) + "?";
  }

  public String label() {
    return "Type " + NumberFormats.grouped(size) + " to delete them";
  }

  /** How the selection changed before this page was shown; empty if it did not. */
  public String selectionChange() {
    return chosen == size
        ? ""
        : KeyMessages.keys(chosen)
            + (all ? " matched when you selected them; now " : " were selected; now ")
            + (size < chosen && !all ? "only " : "")
            + NumberFormats.grouped(size)
            + (all ? " match." : size == 1 ? " exists." : " exist.");
  }

  public String remainingText() {
    return KeyMessages.keys(left) + (left == 1 ? " remains." : " remain.");
  }

  /** The number of runs in progress that use the keys, and what happens to these runs. */
  public String affectedRunsText() {
    int runs = inFlight.runs();
    if (runs == 0) {
      return "No run in progress uses them.";
    }
    return (runs == 1
            ? "1 run in progress uses "
            : NumberFormats.grouped(runs) + " runs in progress use ")
        + NumberFormats.grouped(inFlight.keys())
        + " of them. Other keys take over, or the run waits if there are none.";
  }
}
