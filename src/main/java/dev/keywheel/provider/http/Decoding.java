package dev.keywheel.provider.http;

import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Decodes a word as hexadecimal and as base64, starting at each possible offset. */
final class Decoding {
  private static final int HEX = 16;
  private static final int BITS_OF_HEX = 4;
  private static final int BITS_OF_BASE64 = 6;
  private static final String BASE64 =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  private Decoding() {}

  /** The decoded text for each encoding and offset; most of them are meaningless. */
  static Stream<String> all(CharSequence word) {
    var base64 = IntStream.range(0, 4).mapToObj(at -> bits(word, at, BITS_OF_BASE64));
    boolean hex = word.chars().allMatch(letter -> Character.digit(letter, HEX) >= 0);
    return hex
        ? Stream.concat(IntStream.range(0, 2).mapToObj(at -> bits(word, at, BITS_OF_HEX)), base64)
        : base64;
  }

  /** Decodes {@code width} bits per letter; returns the bytes as ISO 8859-1 text. */
  private static String bits(CharSequence word, int from, int width) {
    var decoded = new StringBuilder((word.length() - from) * width / Byte.SIZE + 1);
    int bits = 0;
    int count = 0;
    for (int at = from; at < word.length(); at++) {
      bits = bits << width | value(word.charAt(at), width);
      count += width;
      if (count >= Byte.SIZE) {
        count -= Byte.SIZE;
        decoded.append((char) (bits >> count & 0xff));
      }
    }
    return decoded.toString();
  }

  private static int value(char letter, int width) {
    return switch (letter) {
      case '-' -> BASE64.indexOf('+');
      case '_' -> BASE64.indexOf('/');
      default -> width == BITS_OF_HEX ? Character.digit(letter, HEX) : BASE64.indexOf(letter);
    };
  }
}
