package dev.keywheel.gateway.token;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.SecureRandom;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The text of an access token: {@code kw1_}, 30 random characters of base 62 (178 bits) and 6
 * characters with the CRC-32 of the text before them. Mistyped and truncated tokens are recognized
 * without the database, and secret scanners can match the format.
 */
final class TokenFormat {
  static final String PREFIX = "kw1_";
  static final int RANDOM = 30;
  static final int CHECKSUM = 6;

  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final Pattern SHAPE =
      Pattern.compile(PREFIX + "[0-9A-Za-z]{" + (RANDOM + CHECKSUM) + "}");

  private TokenFormat() {}

  static String make(SecureRandom random) {
    var text = new StringBuilder(PREFIX);
    for (int i = 0; i < RANDOM; i++) {
      text.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
    }
    return text.append(checksum(text.toString())).toString();
  }

  static boolean hasShape(String text) {
    return SHAPE.matcher(text).matches();
  }

  /** Whether the checksum of a text of the right shape matches. */
  static boolean checksumMatches(String text) {
    int end = text.length() - CHECKSUM;
    return checksum(text.substring(0, end)).equals(text.substring(end));
  }

  private static String checksum(String text) {
    var crc = new CRC32();
    crc.update(text.getBytes(US_ASCII));
    long rest = crc.getValue();
    var digits = new char[CHECKSUM];
    for (int i = CHECKSUM - 1; i >= 0; i--) {
      digits[i] = DIGITS.charAt((int) (rest % DIGITS.length()));
      rest /= DIGITS.length();
    }
    return new String(digits);
  }
}
