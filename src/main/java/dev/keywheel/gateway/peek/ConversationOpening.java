package dev.keywheel.gateway.peek;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.keywheel.db.Sha256;
import dev.keywheel.provider.http.JsonCursor;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A digest of the beginning of a conversation: the values in its instructions and in its turns up
 * to the first turn of the user. Later requests of the conversation begin with the same values.
 */
final class ConversationOpening {
  private static final int HASH_LETTERS = 32;
  private static final String USER = "user";

  private static final int MAX_REASONING_LENGTH = 256 << 10;

  /**
   * Fields that differ between the requests of a conversation. Clients mark only their newest turn
   * for prompt caching. The text of a marked turn is written as a block, which has a type.
   */
  private static final Set<String> CHANGING = Set.of("cache_control", "type");

  private final JsonParser parser;
  private final JsonCursor cursor;
  private final byte[] body;
  private @Nullable MessageDigest digest;
  private @Nullable String reasoning;

  ConversationOpening(JsonParser parser, JsonCursor cursor, byte[] body) {
    this.parser = parser;
    this.cursor = cursor;
    this.body = body;
  }

  /** Adds all values within the current value; moves to its end. */
  void add() throws IOException {
    int depth = 0;
    do {
      switch (parser.currentToken()) {
        case START_OBJECT, START_ARRAY -> depth++;
        case END_OBJECT, END_ARRAY -> depth--;
        case FIELD_NAME -> {
          if (CHANGING.contains(parser.currentName())) {
            parser.nextToken();
            parser.skipChildren();
          }
        }
        default -> addToken();
      }
    } while (depth > 0 && parser.nextToken() != null);
  }

  /** Adds the turns up to and including the user's first, or all of a value that is not a list. */
  void addTurns() throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      add();
      return;
    }
    boolean opened = false;
    while (parser.nextToken() != null && parser.currentToken() != JsonToken.END_ARRAY) {
      opened |= addTurn(!opened);
    }
  }

  /**
   * Reads a turn. Returns whether it is a turn of the user.
   *
   * @param opening whether the turn is part of the opening
   */
  private boolean addTurn(boolean opening) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      addOrSkip(opening);
      return false;
    }
    boolean user = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      boolean text = parser.nextToken() == JsonToken.VALUE_STRING;
      if (text && field.equals("role")) {
        user |= USER.equals(cursor.text(USER.length()));
      } else if (text && field.equals("encrypted_content")) {
        @Nullable String found = cursor.text(MAX_REASONING_LENGTH);
        reasoning = found == null ? reasoning : found;
      }
      addOrSkip(opening && !CHANGING.contains(field));
    }
    return user;
  }

  private void addOrSkip(boolean add) throws IOException {
    if (add) {
      add();
    } else {
      parser.skipChildren();
    }
  }

  private void addToken() {
    int from = cursor.start();
    int to = cursor.end();
    if (digest == null) {
      digest = Sha256.digest();
    }
    digest.update(body, from, to - from);
    digest.update((byte) 0); // ends a value
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
}
