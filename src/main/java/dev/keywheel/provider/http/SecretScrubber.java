package dev.keywheel.provider.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds one key in every form in which an upstream may repeat it: as it is, in other case, escaped
 * for JSON, a URL or HTML, in hexadecimal digits, and in base64 at any offset.
 */
public final class SecretScrubber {
  /** Replaces the key. No id of a provider contains it. */
  public static final String MARK = "***";

  private static final int BITS_OF_BYTE = 8;
  private static final int BITS_OF_LETTER = 6;

  private final String clear;
  private final List<Pattern> forms = new ArrayList<>();

  /**
   * @param clear printable ASCII
   */
  SecretScrubber(String clear) {
    this.clear = clear;
    byte[] bytes = clear.getBytes(StandardCharsets.US_ASCII);
    add(clear, Pattern.LITERAL | Pattern.CASE_INSENSITIVE);
    add(HexFormat.of().formatHex(bytes), Pattern.LITERAL | Pattern.CASE_INSENSITIVE);
    for (int before = 0; before < 3; before++) {
      String letters = base64(bytes, before);
      add(letters, Pattern.LITERAL);
      if (letters.contains("/") || letters.contains("+")) {
        add(letters.replace('+', '-').replace('/', '_'), Pattern.LITERAL);
        add(letters.replace("/", "\\/"), Pattern.LITERAL);
        add(letters.replace("+", "%2B").replace("/", "%2F"), Pattern.LITERAL);
      }
    }
  }

  private void add(String form, int flags) {
    forms.add(Pattern.compile(form, flags));
  }

  /** The base64 characters that depend on the key alone, after so many bytes before it. */
  private static String base64(byte[] key, int before) {
    byte[] shifted = new byte[before + key.length];
    System.arraycopy(key, 0, shifted, before, key.length);
    String letters = Base64.getEncoder().withoutPadding().encodeToString(shifted);
    int first = (before * BITS_OF_BYTE + BITS_OF_LETTER - 1) / BITS_OF_LETTER;
    return letters.substring(first, shifted.length * BITS_OF_BYTE / BITS_OF_LETTER);
  }

  String takenOutOf(String text) {
    String left = text;
    for (Pattern form : forms) {
      Matcher found = form.matcher(left);
      if (found.find()) {
        left = found.replaceAll(MARK);
      }
    }
    boolean escapes = left.indexOf('\\') >= 0 || left.indexOf('%') >= 0 || left.contains("&#");
    return escapes ? escaped().matcher(left).replaceAll(MARK) : left;
  }

  /** Each character plain or escaped, in any mixture; bounded, so that matching is linear. */
  private Pattern escaped() {
    var letters = new StringBuilder();
    clear
        .chars()
        .forEach(
            letter ->
                letters.append(
                    String.format(
                        Locale.ROOT,
                        "(?:\\\\{1,8}(?:u00|x)%1$02x|%%(?:25){0,3}%1$02x|&#(?:0{0,5}%1$d|x0{0,5}%1$02x);?|\\\\{0,8}\\x%1$02x)",
                        letter)));
    return Pattern.compile(letters.toString(), Pattern.CASE_INSENSITIVE);
  }
}
