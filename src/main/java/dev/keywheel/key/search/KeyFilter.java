package dev.keywheel.key.search;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.keywheel.key.state.KeyStatus;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Selects keys of a workspace. An empty string and null match every key.
 *
 * @param text part of the name, the last four characters, the account or the reason, or the name of
 *     the status or provider; case-insensitive
 * @param provider the short name of the provider
 * @param tested keys with one result in one batch, whatever their status is now
 */
public record KeyFilter(
    String text,
    @Nullable KeyStatus status,
    @Nullable String provider,
    @Nullable String account,
    @Nullable String tag,
    @Nullable BatchOutcome tested) {
  public static final KeyFilter ALL = new KeyFilter("", null, null, null, null);

  public record BatchOutcome(UUID batch, @JsonProperty("as") KeyTestOutcomeFilter outcome) {}

  public KeyFilter(
      String text,
      @Nullable KeyStatus status,
      @Nullable String provider,
      @Nullable String account,
      @Nullable String tag) {
    this(text, status, provider, account, tag, null);
  }

  public KeyFilter with(@Nullable BatchOutcome other) {
    return new KeyFilter(text, status, provider, account, tag, other);
  }

  public boolean isAll() {
    return equals(ALL);
  }
}
