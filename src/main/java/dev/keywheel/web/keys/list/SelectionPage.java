package dev.keywheel.web.keys.list;

import dev.keywheel.web.form.Fields;
import java.util.List;

/** What else can be done to the chosen keys. {@code ids} is empty when all that match are meant. */
public record SelectionPage(
    int size, List<String> ids, boolean all, String asOf, String view, Fields fields) {
  public String title() {
    return KeyMessages.keys(size) + " selected";
  }
}
