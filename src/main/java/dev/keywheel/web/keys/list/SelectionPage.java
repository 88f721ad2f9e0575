package dev.keywheel.web.keys.list;

import dev.keywheel.web.form.Fields;
import java.util.List;

/**
 * The form for the tags and account of selected keys; {@code ids} is empty if all matching keys are
 * selected.
 */
public record SelectionPage(
    int size, List<String> ids, boolean all, String asOf, String view, Fields fields) {
  public String title() {
    return KeyMessages.keys(size) + " selected";
  }

  /** Label of the link to {@code view}. */
  public String back() {
    return view.startsWith("/keys/") ? "Back to the key" : "Back to the keys";
  }
}
