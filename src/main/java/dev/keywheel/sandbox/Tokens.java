package dev.keywheel.sandbox;

import java.nio.charset.StandardCharsets;

/**
 * A tokeniser's stand-in: four bytes of UTF-8 are a token, which is near enough for English text
 * and code.
 */
final class Tokens {

  private static final int BYTES = 4;

  private Tokens() {}

  static int count(String text) {
    return (text.getBytes(StandardCharsets.UTF_8).length + BYTES - 1) / BYTES;
  }

  /** The beginning of a text that is at most so many tokens long; never half a character. */
  static String first(String text, int tokens) {
    if (tokens >= count(text)) {
      return text;
    }
    var room = (long) tokens * BYTES;
    var end = 0;
    while (end < text.length()) {
      var codePoint = text.codePointAt(end);
      room -= codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      if (room < 0) {
        break;
      }
      end += Character.charCount(codePoint);
    }
    return text.substring(0, end);
  }
}
