package dev.keywheel.sandbox.base;

import java.nio.charset.StandardCharsets;

/**
 * Estimates token counts: four bytes of UTF-8 count as one token, which is a good estimate for
 * English text and code.
 */
public final class TokenCount {

  private static final int BYTES_PER_TOKEN = 4;

  private TokenCount() {}

  public static int count(String text) {
    return (text.getBytes(StandardCharsets.UTF_8).length + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
  }

  /** The longest prefix of a text with at most this number of tokens; never splits a character. */
  public static String prefix(String text, int tokens) {
    if (tokens >= count(text)) {
      return text;
    }
    var room = (long) tokens * BYTES_PER_TOKEN;
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
