package dev.keywheel.web.keys;

import dev.keywheel.key.KeyStatus;
import dev.keywheel.web.Paging;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The page of keys.
 *
 * @param undo a deletion that can be taken back with one press; null when there is none
 * @param imported the import that was just made
 */
public record KeyListPage(
    KeyTable table,
    List<Choice> providers,
    List<String> tags,
    @Nullable Undo undo,
    @Nullable Imported imported) {

  /** An option of a select. */
  public record Choice(String value, String label) {}

  /** The deletion that was just made. */
  public record Undo(String id, int keys) {}

  /** The import that was just made: keys added, and lines left out. */
  public record Imported(String id, int keys, int left) {
    public String sentence() {
      return Words.keys(keys)
          + " imported."
          + (left == 0
              ? ""
              : " " + Words.number(left) + (left == 1 ? " line" : " lines") + " left out.");
    }
  }

  public List<Choice> statuses() {
    return Arrays.stream(KeyStatus.values()).map(s -> new Choice(s.word(), s.label())).toList();
  }

  public List<Integer> sizes() {
    return Paging.SIZES;
  }
}
