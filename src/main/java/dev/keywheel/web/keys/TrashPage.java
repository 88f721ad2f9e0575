package dev.keywheel.web.keys;

import dev.keywheel.key.edit.TrashedKey;
import dev.keywheel.key.search.KeyPageQuery;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.keys.list.KeyProgress;
import dev.keywheel.web.page.NumberFormats;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deleted keys that can be restored.
 *
 * @param search the search text; may be empty
 * @param matching number of matching keys; {@code NOT_COUNTED} if it is unknown
 * @param partial whether this part of the list ends where the search stopped at its limit
 * @param all number of keys in the trash
 * @param asOf when the list was read
 * @param here the address of this part of the list
 * @param backwards whether the rows before a position were requested
 * @param previous address of the previous page; null on the first page
 * @param next address of the next page; null on the last page
 * @param edits bulk changes of keys in progress
 */
public record TrashPage(
    List<TrashedKey> keys,
    String search,
    int matching,
    boolean partial,
    int all,
    String asOf,
    String here,
    boolean backwards,
    @Nullable String previous,
    @Nullable String next,
    List<KeyProgress> edits) {

  /** The address from which this part of the list is updated; null if no change is in progress. */
  public @Nullable String poll() {
    return edits.isEmpty() ? null : here.replace("/keys/trash", "/keys/trash/live");
  }

  public String summary() {
    return matching == KeyPageQuery.NOT_COUNTED
        ? KeyMessages.keys(keys.size()) + " shown"
        : keys.size() == matching
            ? KeyMessages.keys(matching)
            : NumberFormats.grouped(keys.size())
                + " of "
                + (search.isEmpty() ? NumberFormats.grouped(all) : KeyMessages.matching(matching))
                + " keys";
  }

  /** A note if this part of the list is partial; null otherwise. */
  public @Nullable String searched() {
    return partial ? KeyMessages.searched(true) : null;
  }

  public String emptyTitle() {
    return partial
        ? "No match yet"
        : previous == null && next == null
            ? "No deleted key matches"
            : "No more deleted keys match";
  }

  public String nextText() {
    return partial && !backwards ? KeyMessages.searchMore(false) : "Next";
  }

  public String previousText() {
    return partial && backwards ? KeyMessages.searchMore(true) : "Previous";
  }

  public String restoreAll() {
    return matching == 1
        ? "Restore it"
        : KeyMessages.counted(matching)
            ? "Restore all " + NumberFormats.grouped(matching)
            : "Restore all";
  }
}
