package dev.keywheel.provider.http;

/**
 * Reads a text character by character and decodes the escapes of JSON, JavaScript, URLs and HTML,
 * including repeated escaping. Escaped line breaks and tabs become spaces. The lookahead is
 * bounded, so the time is linear.
 */
final class EscapedText {
  private static final int MAX_BACKSLASHES = 8;
  private static final int MAX_NESTED_PERCENTS = 3;
  private static final int MAX_DIGITS = 7;
  private static final int HEX = 16;
  private static final int DECIMAL = 10;

  private final String text;
  private int start;
  private int end;
  private char letter;

  EscapedText(String text) {
    this.text = text;
  }

  /** Moves to the next character; false at the end. */
  boolean next() {
    start = end;
    if (start == text.length()) {
      return false;
    }
    letter = text.charAt(start);
    end = start + 1;
    switch (letter) {
      case '\\' -> decodeBackslash();
      case '%' -> decodePercent();
      case '&' -> decodeEntity();
      default -> {}
    }
    return true;
  }

  char letter() {
    return letter;
  }

  /** Index in the text at which the current character begins. */
  int start() {
    return start;
  }

  /** Index in the text at which the next character begins. */
  int end() {
    return end;
  }

  private void decodeBackslash() {
    int at = end;
    while (at < start + MAX_BACKSLASHES && is(at, '\\')) {
      at++;
    }
    if (is(at, 'u') && is(at + 1, '0') && is(at + 2, '0')) {
      decodeNumber(at + 3, at + 5, HEX);
    } else if (is(at, 'x')) {
      decodeNumber(at + 1, at + 3, HEX);
    } else if (at < text.length() && "nrtbf".indexOf(text.charAt(at)) >= 0) {
      take(' ', at + 1);
    } else if (is(at, '/')) {
      take('/', at + 1);
    }
  }

  /** Decodes {@code %41}, and also {@code %2541}, in which the percent sign itself is escaped. */
  private void decodePercent() {
    int at = end;
    for (int i = 0; i < MAX_NESTED_PERCENTS && text.startsWith("25", at); i++) {
      if (digit(at + 2, HEX) < 0 || digit(at + 3, HEX) < 0) {
        break;
      }
      at += 2;
    }
    decodeNumber(at, at + 2, HEX);
  }

  private void decodeEntity() {
    if (!is(end, '#')) {
      return;
    }
    int radix = is(end + 1, 'x') || is(end + 1, 'X') ? HEX : DECIMAL;
    int from = end + (radix == HEX ? 2 : 1);
    int to = from;
    while (to < from + MAX_DIGITS && digit(to, radix) >= 0) {
      to++;
    }
    if (to > from) {
      decodeNumber(from, to, radix);
      end += is(end, ';') ? 1 : 0;
    }
  }

  /** Sets the current character to the one with this number, if the range has only digits. */
  private void decodeNumber(int from, int to, int radix) {
    int value = 0;
    for (int at = from; at < to; at++) {
      int digit = digit(at, radix);
      if (digit < 0) {
        return;
      }
      value = value * radix + digit;
    }
    take((char) value, to);
  }

  private void take(char found, int after) {
    letter = found;
    end = after;
  }

  private boolean is(int at, char wanted) {
    return at < text.length() && text.charAt(at) == wanted;
  }

  private int digit(int at, int radix) {
    return at < text.length() ? Character.digit(text.charAt(at), radix) : -1;
  }
}
