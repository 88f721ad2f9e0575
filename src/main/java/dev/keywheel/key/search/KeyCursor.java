package dev.keywheel.key.search;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/** A position in a sorted list: sort value and row id. Opaque in URLs. */
public record KeyCursor(String value, UUID id) {

  String text() {
    byte[] bytes = (id + value).getBytes(StandardCharsets.UTF_8);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  public static Optional<KeyCursor> of(String text) {
    try {
      String both = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
      return both.length() < 36 || both.indexOf('\0') >= 0 // the database cannot store NUL
          ? Optional.empty()
          : Optional.of(new KeyCursor(both.substring(36), UUID.fromString(both.substring(0, 36))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
