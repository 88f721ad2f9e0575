package dev.keywheel.article.reply;

import java.util.ArrayDeque;

/** Small repairs of JSON text. Each walks the text once and knows what is inside a string. */
final class JsonRepair {
  private JsonRepair() {}

  /**
   * Index of the next brace that may begin an object, or bracket that may begin a list of objects;
   * -1 when there is none. A brace of prose has no quote after it.
   */
  static int start(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '{' || c == '[') {
        int next = i + 1;
        while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
          next++;
        }
        char after = next < text.length() ? text.charAt(next) : ' ';
        if (c == '['
            ? after == '{' || after == '"' || isSmart(after)
            : after == '"' || after == '}' || isSmart(after)) {
          return i;
        }
      }
    }
    return -1;
  }

  /**
   * Index after the bracket that closes the object starting at {@code start}; -1 when it is never
   * closed.
   */
  static int end(String text, int start) {
    int depth = 0;
    boolean inString = false;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inString) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          inString = false;
        }
      } else if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        depth++;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return i + 1;
      }
    }
    return -1;
  }

  /** Typographic double quotes outside of straight-quoted strings become straight ones. */
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
      } else if (opened == '"' && c == '"'
          || opened != 0 && opened != '"' && isSmart(c) && delimits(text, i)) {
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
    return c == '“' || c == '”' || c == '„' || c == '‟';
  }

  /** Whether what follows a closing quote is what may follow a string in JSON. */
  private static boolean delimits(String text, int quote) {
    int i = quote + 1;
    while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
      i++;
    }
    return i >= text.length() || ",:]}".indexOf(text.charAt(i)) >= 0;
  }

  /** Raw line breaks, tabs and other control characters inside strings become escapes. */
  static String escapedBreaks(String text) {
    var out = new StringBuilder(text.length());
    boolean inString = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inString && c == '\\' && i + 1 < text.length()) {
        out.append(c).append(text.charAt(++i));
      } else if (c == '"') {
        inString = !inString;
        out.append(c);
      } else if (inString && c < ' ') {
        out.append(c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "" : " ");
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** Commas right before a closing bracket go. */
  static String withoutTrailingCommas(String text) {
    var out = new StringBuilder(text.length());
    boolean inString = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inString && c == '\\' && i + 1 < text.length()) {
        out.append(c).append(text.charAt(++i));
        continue;
      }
      if (c == '"') {
        inString = !inString;
      }
      if (!inString && c == ',' && closes(text, i + 1)) {
        continue;
      }
      out.append(c);
    }
    return out.toString();
  }

  private static boolean closes(String text, int from) {
    int i = from;
    while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
      i++;
    }
    return i < text.length() && (text.charAt(i) == '}' || text.charAt(i) == ']');
  }

  /**
   * The text with an open string and open brackets closed; a key without a value and a dangling
   * comma are dropped.
   */
  static String closed(String text) {
    var open = new ArrayDeque<Character>();
    boolean inString = false;
    int lastString = -1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inString) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          inString = false;
        }
      } else if (c == '"') {
        inString = true;
        lastString = i;
      } else if (c == '{' || c == '[') {
        open.push(c == '{' ? '}' : ']');
      } else if ((c == '}' || c == ']') && !open.isEmpty()) {
        open.pop();
      }
    }
    var whole = inString ? withoutHalfEscape(text) + '"' : text;
    boolean inObject = !open.isEmpty() && open.peek() == '}';
    var out = new StringBuilder(withoutOpenKey(whole, lastString, inObject));
    open.forEach(out::append);
    return out.toString();
  }

  private static String withoutHalfEscape(String text) {
    int slashes = 0;
    while (slashes < text.length() && text.charAt(text.length() - 1 - slashes) == '\\') {
      slashes++;
    }
    return slashes % 2 == 0 ? text : text.substring(0, text.length() - 1);
  }

  private static String withoutOpenKey(String text, int lastString, boolean inObject) {
    var end = withoutTail(text, ",");
    if (lastString < 0) {
      return end;
    }
    var before = withoutTail(text.substring(0, lastString), "");
    boolean atKey = before.endsWith("{") || before.endsWith(",");
    boolean nothingAfter = end.endsWith(":") || end.endsWith("\"");
    return inObject && atKey && nothingAfter ? withoutTail(before, ",") : end;
  }

  private static String withoutTail(String text, String marks) {
    int end = text.length();
    while (end > 0
        && (Character.isWhitespace(text.charAt(end - 1))
            || marks.indexOf(text.charAt(end - 1)) >= 0)) {
      end--;
    }
    return text.substring(0, end);
  }
}
