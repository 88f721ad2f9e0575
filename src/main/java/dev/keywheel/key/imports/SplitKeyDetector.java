package dev.keywheel.key.imports;

import dev.keywheel.secret.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds keys that a newline has split: a prefix with too few digits, then lines of digits that make
 * up the exact length. Each piece alone would be accepted as a key.
 */
final class SplitKeyDetector {
  private static final Pattern BEGINNING =
      Pattern.compile(SecretValidator.PREFIX + "[0-9a-fA-F]{0,63}");
  private static final Pattern PIECE = Pattern.compile("[0-9a-fA-F]+");

  private final List<String> raw;

  private SplitKeyDetector(List<String> raw) {
    this.raw = raw;
  }

  /**
   * Makes the lines that are pieces of one key invalid.
   *
   * @param raw all lines of the text
   */
  static List<ParsedKey> refused(List<String> raw, List<ParsedKey> lines) {
    Map<Integer, String> sentences = new HashMap<>();
    var detector = new SplitKeyDetector(raw);
    for (ParsedKey line : lines) {
      int last = detector.lastPiece(line);
      if (last > 0) {
        String sentence = detector.sentence(line.line(), last);
        IntStream.rangeClosed(line.line(), last).forEach(no -> sentences.put(no, sentence));
      }
    }
    return lines.stream().map(line -> refused(line, sentences.get(line.line()))).toList();
  }

  private static ParsedKey refused(ParsedKey line, @Nullable String sentence) {
    if (sentence == null) {
      return line;
    }
    boolean first = line.clear().startsWith(SecretValidator.PREFIX);
    return ParsedKey.invalid(line.line(), first ? line.name() : "", sentence);
  }

  /** The number of the line that completes the key; 0 when this line does not begin a split key. */
  private int lastPiece(ParsedKey line) {
    String clear = line.clear();
    if (!BEGINNING.matcher(clear).matches() || !at(line.line()).endsWith(clear)) {
      return 0;
    }
    int length = clear.length();
    for (int no = line.line() + 1;
        no <= raw.size() && length < SecretValidator.COMPLETE_LENGTH;
        no++) {
      length += at(no).length();
      if (!PIECE.matcher(at(no)).matches()) {
        return 0;
      }
      if (length == SecretValidator.COMPLETE_LENGTH) {
        return no;
      }
    }
    return 0;
  }

  private String sentence(int first, int last) {
    String pieces =
        IntStream.range(first, last).mapToObj(String::valueOf).collect(Collectors.joining(", "));
    String lastFour = Secret.of(at(last - 1) + at(last)).lastFour();
    return String.format(
        Locale.ROOT,
        "Lines %s and %d are one key (…%s) broken by a newline; put it on one line",
        pieces,
        last,
        lastFour);
  }

  private String at(int no) {
    return raw.get(no - 1).strip();
  }
}
