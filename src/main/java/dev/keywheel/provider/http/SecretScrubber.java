package dev.keywheel.provider.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Removes one key from an answer, because an upstream may repeat it. Finds the exact key, parts of
 * it, the reversed key, and the key with other characters between its letters. Also finds these in
 * escapes, hexadecimal and base64, nested up to {@link #MAX_DEPTH} times.
 *
 * <p>A part is {@link #WINDOW} consecutive letters and digits. Read as a number of base 36, it fits
 * into a {@code long}, so that a text is compared with all parts of the key in one pass.
 */
public final class SecretScrubber {
  /** The text that replaces the key. No id of a provider contains this text. */
  public static final String MARK = "***";

  private static final int WINDOW = 12;
  private static final int LETTERS = 36;
  private static final long WINDOW_VALUES = 4_738_381_338_321_616_896L; // 36^12

  /** Minimum number of different characters in a part; other parts also occur in encoded images. */
  private static final int MIN_DIFFERENT = 4;

  private static final int MAX_DEPTH = 3;
  private static final int SHORTEST_ENCODED = 16;

  private record Span(int start, int end) {}

  private final String clear;
  private final long[] parts;

  /**
   * @param clear printable ASCII
   */
  SecretScrubber(String clear) {
    this.clear = clear.toLowerCase(Locale.ROOT);
    this.parts = parts(this.clear);
  }

  /** The parts of the key and of the reversed key, sorted. Runs for each request. */
  private static long[] parts(String lower) {
    var digits = new int[lower.length()];
    int length = 0;
    for (int at = 0; at < lower.length(); at++) {
      int digit = Character.digit(lower.charAt(at), LETTERS);
      if (digit >= 0) {
        digits[length++] = digit;
      }
    }
    var parts = new long[2 * Math.max(0, length - WINDOW + 1)];
    int count = 0;
    for (int from = 0; from + WINDOW <= length; from++) {
      if (different(digits, from) >= MIN_DIFFERENT) {
        parts[count++] = part(digits, from, 1);
        parts[count++] = part(digits, from + WINDOW - 1, -1);
      }
    }
    long[] sorted = Arrays.copyOf(parts, count);
    Arrays.sort(sorted);
    return sorted;
  }

  private static int different(int[] digits, int from) {
    long seen = 0;
    for (int at = from; at < from + WINDOW; at++) {
      seen |= 1L << digits[at];
    }
    return Long.bitCount(seen);
  }

  private static long part(int[] digits, int first, int step) {
    long value = 0;
    for (int i = 0; i < WINDOW; i++) {
      value = value * LETTERS + digits[first + i * step];
    }
    return value;
  }

  String scrub(String text) {
    if (parts.length > 0 && text.length() < WINDOW) {
      return text;
    }
    var left = new StringBuilder();
    int at = 0;
    for (Span span : spans(text, 0)) {
      if (span.end > at) {
        left.append(text, at, Math.max(at, span.start)).append(span.start >= at ? MARK : "");
        at = span.end;
      }
    }
    return at == 0 ? text : left.append(text, at, text.length()).toString();
  }

  /** The ranges of the text that contain the key, sorted by their start. */
  private List<Span> spans(String text, int depth) {
    var found = new ArrayList<Span>();
    findWhole(text, found);
    var window = new Window();
    var word = new StringBuilder();
    int wordStart = 0;
    int wordEnd = 0;
    var reader = new EscapedText(text);
    while (reader.next()) {
      char letter = reader.letter();
      int digit = letter < 128 ? Character.digit(letter, LETTERS) : -1;
      if (digit >= 0 && window.add(digit, reader.start()) && isPart(window.value)) {
        found.add(new Span(window.start(), reader.end()));
      }
      if (digit >= 0 || "+/-_".indexOf(letter) >= 0) {
        wordStart = word.isEmpty() ? reader.start() : wordStart;
        wordEnd = reader.end();
        word.append(letter);
      } else if (!word.isEmpty()) {
        decode(word, new Span(wordStart, wordEnd), depth, found);
        word.setLength(0);
      }
    }
    decode(word, new Span(wordStart, wordEnd), depth, found);
    found.sort(Comparator.comparingInt(Span::start));
    return found;
  }

  /** Finds exact copies of a key that has no parts, for instance because it is short. */
  private void findWhole(String text, List<Span> found) {
    if (parts.length > 0) {
      return;
    }
    // A text in lower case may be longer, so that its offsets differ: "İ" has two letters there.
    for (int at = 0; at <= text.length() - clear.length(); at++) {
      if (text.regionMatches(true, at, clear, 0, clear.length())) {
        found.add(new Span(at, at + clear.length()));
      }
    }
  }

  private boolean isPart(long value) {
    return Arrays.binarySearch(parts, value) >= 0;
  }

  private void decode(CharSequence word, Span span, int depth, List<Span> found) {
    if (depth == MAX_DEPTH || word.length() < SHORTEST_ENCODED) {
      return;
    }
    boolean hidden = Decoding.all(word).anyMatch(decoded -> !spans(decoded, depth + 1).isEmpty());
    if (hidden) {
      found.add(span);
    }
  }

  /** The last {@link #WINDOW} letters and digits of the text, without other characters. */
  private static final class Window {
    private final int[] starts = new int[WINDOW];
    private int letters;
    private long value;

    /** Adds a letter; returns whether the window is full. */
    boolean add(int digit, int start) {
      value = Math.floorMod(value, WINDOW_VALUES / LETTERS) * LETTERS + digit;
      starts[letters++ % WINDOW] = start;
      return letters >= WINDOW;
    }

    int start() {
      return starts[letters % WINDOW];
    }
  }
}
