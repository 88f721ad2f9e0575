package dev.keywheel.article.reply;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Repairs of JSON text that Jackson's lenient features do not include. */
final class JsonRepair {
  static final String SMART_QUOTES = "“”„‟";

  private JsonRepair() {}

  /**
   * Candidates for a completed text, the best first: with the open brackets and perhaps the open
   * string closed, or cut back to the last value. Empty when the text is not cut.
   */
  static List<String> closed(ObjectReader reader, String text) {
    int lastValue = 0;
    try (JsonParser json = reader.createParser(text)) {
      try {
        for (JsonToken t = json.nextToken(); t != null; t = json.nextToken()) {
          if (t != JsonToken.FIELD_NAME) {
            json.finishToken();
            lastValue = (int) json.currentLocation().getCharOffset();
          }
        }
      } catch (JsonEOFException e) {
        String brackets = closingBrackets(json.getParsingContext());
        return List.of(
            text + brackets,
            text + '"' + brackets,
            // The text was cut after a backslash.
            text.substring(0, text.length() - 1) + '"' + brackets,
            text.substring(0, lastValue) + brackets);
      }
    } catch (IOException e) {
      return List.of();
    }
    return List.of();
  }

  private static String closingBrackets(JsonStreamContext innermost) {
    var brackets = new StringBuilder();
    for (JsonStreamContext c = innermost; !c.inRoot(); c = c.getParent()) {
      brackets.append(c.inObject() ? '}' : ']');
    }
    return brackets.toString();
  }

  /** The text in the JSON string with which this text begins. */
  static Optional<String> text(ObjectReader reader, String text) {
    try (JsonParser json = reader.createParser(text)) {
      return Optional.ofNullable(json.nextTextValue());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Doubles backslashes before letters that JSON does not escape, as in {@code C:\Windows}: a
   * lenient parser would remove them.
   */
  static String withoutUnknownEscapes(String text) {
    return text.replaceAll("(?<!\\\\)((?:\\\\\\\\)*)\\\\(?=[A-Za-z&&[^bfnrtu]])", "$1\\\\\\\\");
  }

  /** Replaces typographic quotes that delimit strings with straight quotes, which JSON requires. */
  static String straightQuotes(String text) {
    var out = new StringBuilder(text.length());
    char opened = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && opened != 0 && i + 1 < text.length()) {
        out.append(c).append(text.charAt(++i));
      } else if (opened == 0 && (c == '"' || isSmart(c))) {
        opened = c;
        out.append('"');
      } else if ((opened == '"' && c == '"')
          || (opened != 0 && opened != '"' && isSmart(c) && delimits(text, i))) {
        opened = 0;
        out.append('"');
      } else if (opened != 0 && opened != '"' && c == '"') {
        out.append("\\\"");
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static boolean isSmart(char c) {
    return SMART_QUOTES.indexOf(c) >= 0;
  }

  /** Whether this quote can end a string, by the next character that is not white space. */
  private static boolean delimits(String text, int quote) {
    int i = quote + 1;
    while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
      i++;
    }
    return i >= text.length() || ",:]}".indexOf(text.charAt(i)) >= 0;
  }
}
