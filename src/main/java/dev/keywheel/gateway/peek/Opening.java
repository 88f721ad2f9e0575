package dev.keywheel.gateway.peek;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.keywheel.provider.http.JsonCursor;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A digest of the beginning of a conversation: its instructions and its turns up to the first turn
 * of the user. Later requests of the conversation begin with the same bytes.
 */
final class Opening {
  private static final int HASH_LETTERS = 32;
  private static final String USER = "user";

  private static final int LONGEST_REASONING = 256 << 10;

  private final JsonParser parser;
  private final JsonCursor cursor;
  private final byte[] body;
  private @Nullable MessageDigest digest;
  private @Nullable String reasoning;

  Opening(JsonParser parser, JsonCursor cursor, byte[] body) {
    this.parser = parser;
    this.cursor = cursor;
    this.body = body;
  }

  void add() throws IOException {
    int from = cursor.start();
    parser.skipChildren();
    add(from);
  }

  /** Adds the turns up to and including the user's first, or all of a value that is not a list. */
  void turns() throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      add();
      return;
    }
    boolean opened = false;
    while (parser.nextToken() != null && parser.currentToken() != JsonToken.END_ARRAY) {
      int from = cursor.start();
      boolean user = skipTurn();
      if (!opened) {
        add(from);
      }
      opened |= user;
    }
  }

  /** Skips a turn. Returns whether it is a turn of the user. */
  private boolean skipTurn() throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return false;
    }
    boolean user = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      boolean text = parser.nextToken() == JsonToken.VALUE_STRING;
      if (text && field.equals("role")) {
        user |= USER.equals(cursor.text(USER.length()));
      } else if (text && field.equals("encrypted_content")) {
        @Nullable String found = cursor.text(LONGEST_REASONING);
        reasoning = found == null ? reasoning : found;
      } else {
        parser.skipChildren();
      }
    }
    return user;
  }

  private void add(int from) {
    int to = cursor.end();
    if (digest == null) {
      digest = sha256();
    }
    digest.update(body, from, to - from);
  }

  @Nullable String hash() {
    return digest == null
        ? null
        : HexFormat.of().formatHex(digest.digest()).substring(0, HASH_LETTERS);
  }

  /** The last encrypted reasoning among the turns, as the provider created it; null without any. */
  @Nullable String reasoning() {
    return reasoning;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
