package dev.keywheel.web.keys.list;

import dev.keywheel.key.search.SavedViews;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.web.page.Paging;
import java.util.Arrays;
import java.util.List;

public record KeyListPage(
    KeyTable table, List<Choice> providers, List<String> tags, List<SavedViews.View> views) {

  /** Whether the list has the filter and order of this view. */
  public boolean shows(SavedViews.View view) {
    return KeyViewsPage.canonical(view.query()).equals(table.query().view().toString());
  }

  public record Choice(String value, String label) {}

  public List<Choice> statuses() {
    return Arrays.stream(KeyStatus.values()).map(s -> new Choice(s.code(), s.label())).toList();
  }

  public List<Integer> sizes() {
    return Paging.SIZES;
  }
}
