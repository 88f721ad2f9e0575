package dev.keywheel.key;

import org.jspecify.annotations.Nullable;

/**
 * Which keys of a workspace are meant. An empty text and a null stand for "any".
 *
 * @param text found in the name, the last four characters, the account or the reason; case does not
 *     count
 * @param provider short name
 */
public record KeyFilter(
    String text,
    @Nullable KeyStatus status,
    @Nullable String provider,
    @Nullable String account,
    @Nullable String tag) {
  public static final KeyFilter ALL = new KeyFilter("", null, null, null, null);

  public boolean isAll() {
    return equals(ALL);
  }
}
