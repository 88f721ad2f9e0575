package dev.keywheel.web.keys;

import dev.keywheel.key.edit.TrashedKey;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.keys.list.KeyProgress;
import dev.keywheel.web.page.NumberFormats;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deleted keys that can be restored.
 *
 * @param search the search text; may be empty
 * @param matching number of matching keys
 * @param all number of keys in the trash
 * @param asOf when the list was read
 * @param here the address of this part of the list
 * @param previous the address of the rows before; null on the first page
 * @param next the address of the rows after; null on the last page
 * @param edits changes to many keys that are still being made
 */
public record TrashPage(
    List<TrashedKey> keys,
    String search,
    int matching,
    int all,
    String asOf,
    String here,
    @Nullable String previous,
    @Nullable String next,
    List<KeyProgress> edits) {

  public String summary() {
    return keys.size() == matching
        ? KeyMessages.keys(matching)
        : NumberFormats.grouped(keys.size()) + " of " + KeyMessages.matching(matching) + " keys";
  }

  public String restoreAll() {
    return matching == 1
        ? "Restore it"
        : KeyMessages.counted(matching)
            ? "Restore all " + NumberFormats.grouped(matching)
            : "Restore all";
  }
}
