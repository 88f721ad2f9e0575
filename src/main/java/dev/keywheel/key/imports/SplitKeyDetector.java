package dev.keywheel.key.imports;

import dev.keywheel.secret.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Keys that a newline has broken: a beginning with its prefix, and below it pieces without one that
 * make it exactly whole. Each piece alone could be a key, so nobody would notice.
 */
final class SplitKeyDetector {
  private final List<String> raw;

  private SplitKeyDetector(List<String> raw) {
    this.raw = raw;
  }

  /** The same lines, the pieces refused. {@code raw} is the whole text, line by line. */
  static List<ParsedKey> refused(List<String> raw, List<ParsedKey> lines) {
    Map<Integer, String> sentences = new HashMap<>();
    var broken = new SplitKeyDetector(raw);
    for (ParsedKey line : lines) {
      int last = broken.lastPiece(line);
      if (last > line.line()) {
        String sentence = broken.sentence(line.line(), last);
        IntStream.rangeClosed(line.line(), last).forEach(no -> sentences.put(no, sentence));
      }
    }
    return lines.stream()
        .map(
            line -> {
              String sentence = sentences.get(line.line());
              boolean first = line.clear().startsWith(SecretValidator.PREFIX);
              return sentence == null
                  ? line
                  : ParsedKey.bad(line.line(), first ? line.name() : "", "", sentence);
            })
        .toList();
  }

  /** The number of the line that makes the key whole; 0 when it is not the beginning of one. */
  private int lastPiece(ParsedKey line) {
    String clear = line.clear();
    boolean beginning =
        clear.startsWith(SecretValidator.PREFIX)
            && clear.length() < SecretValidator.WHOLE
            && isHex(clear.substring(SecretValidator.PREFIX.length()))
            && at(line.line()).endsWith(clear);
    int length = clear.length();
    for (int no = line.line() + 1; beginning && no <= raw.size(); no++) {
      String piece = at(no);
      length += piece.length();
      if (piece.isEmpty() || length > SecretValidator.WHOLE || !isHex(piece)) {
        return 0;
      }
      if (length == SecretValidator.WHOLE) {
        return no;
      }
    }
    return 0;
  }

  private String sentence(int first, int last) {
    String some =
        IntStream.range(first, last).mapToObj(String::valueOf).collect(Collectors.joining(", "));
    String end = at(last - 1) + at(last);
    return "Lines "
        + some
        + " and "
        + last
        + " are one key (…"
        + Secret.of(end).lastFour()
        + ") broken by a newline; put it on one line";
  }

  private String at(int no) {
    return raw.get(no - 1).strip();
  }

  private static boolean isHex(String text) {
    return text.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 0x80);
  }
}
