package dev.keywheel.web.keys.list;

import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.KeyOrder;
import dev.keywheel.key.search.SavedViews;
import dev.keywheel.provider.Providers;
import dev.keywheel.web.form.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The saved views of a user.
 *
 * @param fields values and errors of the form that saves a view, or of the one that renames {@code
 *     renamed}
 * @param renamed id of the view whose new name was refused; null for none
 * @param toSave the address of the list that is to be saved; null for none
 */
public record KeyViewsPage(
    Fields fields, List<SavedViews.View> views, @Nullable UUID renamed, @Nullable String toSave) {

  /** Value and error of the new name of this view. */
  public Fields renaming(SavedViews.View view) {
    return view.id().equals(renamed) ? fields : Fields.none().with("name", view.name());
  }

  /** {@code Status: Failed · Provider: OpenRouter · Sort: Most calls first}. */
  public static String describe(String path) {
    KeysQuery query = KeysQuery.ofPath(path);
    KeyFilter filter = query.filter();
    var parts = new ArrayList<String>();
    if (!filter.text().isEmpty()) {
      parts.add("Search: " + filter.text());
    }
    if (filter.status() != null) {
      parts.add("Status: " + filter.status().label());
    }
    if (filter.provider() != null) {
      parts.add("Provider: " + Providers.label(filter.provider()));
    }
    if (filter.account() != null) {
      parts.add("Account: " + filter.account());
    }
    if (filter.tag() != null) {
      parts.add("Tag: " + filter.tag());
    }
    if (filter.tested() != null) {
      parts.add(filter.tested().outcome().label() + " in one test");
    }
    if (!query.order().equals(KeyOrder.DEFAULT)) {
      parts.add("Sort: " + SortChoices.label(query.order()));
    }
    return parts.isEmpty() ? "All keys" : String.join(" · ", parts);
  }

  /** Address of the first page of the list with the same filter and order, as it is saved. */
  static String canonical(String path) {
    return KeysQuery.ofPath(path).view().toString();
  }
}
