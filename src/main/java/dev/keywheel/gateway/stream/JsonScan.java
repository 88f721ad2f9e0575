package dev.keywheel.gateway.stream;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * Decides without parsing whether an event must be parsed. A quoted name cannot occur inside a JSON
 * string, because the quotes would be escaped there.
 */
final class JsonScan {
  private static final int MAX_DIGITS = 8;

  private JsonScan() {}

  static byte[] name(String name) {
    return ('"' + name + '"').getBytes(StandardCharsets.US_ASCII);
  }

  static boolean contains(byte[] json, byte[] text) {
    return indexOf(json, text, 0) >= 0;
  }

  /** Whether a field with this quoted name has a value other than {@code null}. */
  static boolean hasValue(byte[] json, byte[] name) {
    for (int at = indexOf(json, name, 0); at >= 0; at = indexOf(json, name, at + 1)) {
      int value = at + name.length;
      while (value < json.length && (json[value] == ':' || json[value] <= ' ')) {
        value++;
      }
      if (value < json.length && json[value] != 'n') {
        return true;
      }
    }
    return false;
  }

  /** The number after the first field with this quoted name; empty without 1 to 8 digits. */
  static OptionalInt number(byte[] json, byte[] name) {
    int at = indexOf(json, name, 0) + name.length;
    if (at < name.length) {
      return OptionalInt.empty();
    }
    while (at < json.length && (json[at] == ':' || json[at] <= ' ')) {
      at++;
    }
    int digits = 0;
    int number = 0;
    while (at + digits < json.length && digits <= MAX_DIGITS && isDigit(json[at + digits])) {
      number = 10 * number + json[at + digits++] - '0';
    }
    return digits == 0 || digits > MAX_DIGITS ? OptionalInt.empty() : OptionalInt.of(number);
  }

  private static boolean isDigit(byte letter) {
    return letter >= '0' && letter <= '9';
  }

  private static int indexOf(byte[] bytes, byte[] wanted, int from) {
    int last = bytes.length - wanted.length;
    for (int at = from; at <= last; at++) {
      if (bytes[at] == wanted[0]) {
        int matched = 1;
        while (matched < wanted.length && bytes[at + matched] == wanted[matched]) {
          matched++;
        }
        if (matched == wanted.length) {
          return at;
        }
      }
    }
    return -1;
  }
}
