package dev.keywheel.provider.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The position of a parser in a JSON text in memory. Long strings are skipped as bytes, because the
 * parser would use several times their size to decode them.
 */
public final class JsonCursor {
  /** Length in bytes of the longest escape of one character. */
  private static final int MAX_ESCAPE_BYTES = 6;

  private final JsonParser parser;
  private final byte[] json;

  /**
   * @param parser a parser of {@code json}
   */
  public JsonCursor(JsonParser parser, byte[] json) {
    this.parser = parser;
    this.json = json;
  }

  /** Index of the first byte of the current token. */
  public int start() {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  /** Index of the byte after the current token. */
  public int end() {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      return (int) parser.currentLocation().getByteOffset();
    }
    int at = start() + 1;
    while (at < json.length && json[at] != '"') {
      at += json[at] == '\\' ? 2 : 1;
    }
    return Math.min(at + 1, json.length);
  }

  /**
   * The current string; null for another token, or for more than {@code maxCharacters} characters.
   */
  public @Nullable String text(int maxCharacters) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING
        || end() - start() - 2 > (long) MAX_ESCAPE_BYTES * maxCharacters) {
      return null;
    }
    String text = parser.getText();
    return text.length() <= maxCharacters ? text : null;
  }

  /** The current value; moves to its end. Missing when it has more than {@code maxBytes} bytes. */
  public JsonNode tree(int maxBytes) throws IOException {
    int from = start();
    parser.skipChildren();
    int length = end() - from;
    return length <= maxBytes ? LenientJson.value(json, from, length) : LenientJson.missing();
  }
}
