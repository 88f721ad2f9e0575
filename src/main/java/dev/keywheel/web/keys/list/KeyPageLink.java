package dev.keywheel.web.keys.list;

import dev.keywheel.key.search.KeyPageQuery;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A link to the part of the list before or after the one shown.
 *
 * @param backwards whether it leads to the part before
 * @param fragment the address of the fragment with that part
 * @param searched number of keys that this part searched without a match, so that the page follows
 *     the link automatically; null if it does not
 */
public record KeyPageLink(
    boolean backwards, String address, String fragment, String text, @Nullable Integer searched) {

  static List<KeyPageLink> of(KeyTable table) {
    return Stream.of(
            beginning(table), of(table, true, table.before()), of(table, false, table.after()))
        .flatMap(List::stream)
        .toList();
  }

  private static List<KeyPageLink> beginning(KeyTable table) {
    String address = table.beginning();
    return address == null
        ? List.of()
        : List.of(
            new KeyPageLink(true, address, fragment(address), "Search from the beginning", null));
  }

  private static String fragment(String address) {
    return address.replaceFirst("^/keys", "/keys/rows");
  }

  private static List<KeyPageLink> of(KeyTable table, boolean backwards, @Nullable String address) {
    if (address == null) {
      return List.of();
    }
    boolean search = table.searchesMore() && backwards == table.query().backwards();
    boolean automatic = search && table.rows().isEmpty();
    String fragment = fragment(address);
    return List.of(
        new KeyPageLink(
            backwards,
            address,
            automatic ? fragment + "&by=search" : fragment,
            search ? KeyMessages.searchMore(backwards) : backwards ? "Previous" : "Next",
            automatic ? KeyPageQuery.MAX_SEARCHED : null));
  }
}
