package dev.keywheel.key.search;

import dev.keywheel.key.state.KeyStatus;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which keys of a workspace are meant. An empty text and a null stand for "any".
 *
 * @param text found in the name, the last four characters, the account or the reason; case does not
 *     count
 * @param provider short name
 * @param tested those that had one result in one batch, whatever they are now
 */
public record KeyFilter(
    String text,
    @Nullable KeyStatus status,
    @Nullable String provider,
    @Nullable String account,
    @Nullable String tag,
    @Nullable Tested tested) {
  public static final KeyFilter ALL = new KeyFilter("", null, null, null, null);

  /** What one batch of tests made of the keys. */
  public record Tested(UUID batch, KeyTestOutcomeFilter as) {}

  public KeyFilter(
      String text,
      @Nullable KeyStatus status,
      @Nullable String provider,
      @Nullable String account,
      @Nullable String tag) {
    this(text, status, provider, account, tag, null);
  }

  public KeyFilter with(@Nullable Tested other) {
    return new KeyFilter(text, status, provider, account, tag, other);
  }

  public boolean isAll() {
    return equals(ALL);
  }
}
