package dev.keywheel.key.search;

import dev.keywheel.key.state.ApiKey;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list of keys.
 *
 * @param matching the number of all keys that match the filter; more than {@link
 *     KeyPageQuery#MAX_COUNTED} if counting stopped there, {@link KeyPageQuery#NOT_COUNTED} if it
 *     is not known
 * @param partial whether the part ends because {@link KeyPageQuery#MAX_SEARCHED} keys were searched
 *     and more keys remain
 * @param before cursor of the previous part; null at the beginning
 * @param after cursor of the next part; null at the end
 */
public record KeyPage(
    List<ApiKey> keys,
    int matching,
    boolean partial,
    @Nullable String before,
    @Nullable String after) {

  /**
   * The rows to read: up to {@code size} after the cursor, or before it if {@code backwards}. An
   * empty or invalid cursor starts at the beginning.
   *
   * @param known the number of matching rows, if the caller knows it; otherwise they are counted up
   *     to the limits of {@link KeyPageQuery}
   */
  public record Slice(OptionalInt known, String cursor, boolean backwards, int size) {
    Slice or(OptionalInt counted) {
      return known.isPresent() ? this : new Slice(counted, cursor, backwards, size);
    }
  }
}
