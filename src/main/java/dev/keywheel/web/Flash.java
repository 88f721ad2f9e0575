package dev.keywheel.web;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A sentence about what was just done, shown once on the next page.
 *
 * @param text plain text
 */
public record Flash(Tone tone, String text) {
  private static final int LONGEST = 500;

  String toCookie() {
    var kept = text.substring(0, Math.min(text.length(), LONGEST));
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((tone.name() + "|" + kept).getBytes(StandardCharsets.UTF_8));
  }

  static Optional<Flash> ofCookie(@Nullable String value) {
    if (value == null) {
      return Optional.empty();
    }
    try {
      var text = new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8);
      int bar = text.indexOf('|');
      return bar < 0
          ? Optional.empty()
          : Optional.of(new Flash(Tone.valueOf(text.substring(0, bar)), text.substring(bar + 1)));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // not one of ours
    }
  }
}
