package dev.keywheel.article.tool.rules;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A script with its comments and the contents of its strings and regular expressions blanked, so
 * that a search finds only code. Offsets and line breaks stay the same.
 *
 * @param problem why the script is incomplete; the browser tests whether a complete script compiles
 */
record MaskedScript(String code, Optional<Problem> problem) {
  private static final Pattern BLANK = Pattern.compile("(?s)\\s++|//[^\\n]*+|/\\*.*?\\*/");
  private static final Pattern STRING =
      Pattern.compile("(?s)\"(?:[^\"\\\\\\n]|\\\\.)*+\"|'(?:[^'\\\\\\n]|\\\\.)*+'");
  private static final Pattern REGEX =
      Pattern.compile("/(?![*/])(?:[^/\\\\\\n\\[]|\\\\.|\\[(?:[^]\\\\\\n]|\\\\.)*+])++/");
  private static final Pattern TEMPLATE_TEXT =
      Pattern.compile("(?s)(?:[^`\\\\$]|\\\\.|\\$(?!\\{))++");
  private static final Pattern NAME =
      Pattern.compile("[\\p{L}\\p{N}_$#\\\\][\\p{L}\\p{M}\\p{N}_$]*+");

  /** Words after which a slash begins a regular expression. */
  private static final Set<String> OPERATORS =
      Set.of(
          "return typeof case in of delete void throw new else do instanceof yield await"
              .split(" "));

  record Problem(int at, String text) {}

  static MaskedScript of(String script) {
    var scanner = new Scanner(script);
    Optional<Problem> problem = scanner.scan();
    return new MaskedScript(scanner.masked.toString(), problem);
  }

  private static final class Scanner {
    private final String code;
    private final Matcher token;
    private final StringBuilder masked;

    /** Offsets of the open brackets and templates. */
    private final Deque<Integer> open = new ArrayDeque<>();

    private int at;

    /** Whether a slash at the current position is a division. */
    private boolean afterValue;

    Scanner(String code) {
      this.code = code;
      token = BLANK.matcher(code);
      masked = new StringBuilder(code);
    }

    Optional<Problem> scan() {
      while (at < code.length()) {
        if (opener() == '`') {
          template();
        } else if (next(BLANK)) {
          mask(token.start(), at);
        } else if (next(STRING) || (!afterValue && next(REGEX))) {
          mask(token.start() + 1, at - 1);
          afterValue = true;
        } else if (next(NAME)) {
          afterValue = !OPERATORS.contains(token.group());
        } else {
          String problem = sign(code.charAt(at++));
          if (!problem.isEmpty()) {
            return Optional.of(new Problem(at - 1, problem));
          }
        }
      }
      return open.isEmpty()
          ? Optional.empty()
          : Optional.of(new Problem(open.peek(), "\"" + opener() + "\" is not closed"));
    }

    private char opener() {
      return open.isEmpty() ? ' ' : code.charAt(open.peek());
    }

    private boolean next(Pattern pattern) {
      boolean found = token.usePattern(pattern).region(at, code.length()).lookingAt();
      at = found ? token.end() : at;
      return found;
    }

    private void mask(int from, int to) {
      for (int i = from; i < to; i++) {
        masked.setCharAt(i, code.charAt(i) == '\n' ? '\n' : ' ');
      }
    }

    private void template() {
      if (next(TEMPLATE_TEXT)) {
        mask(token.start(), at);
      } else if (code.startsWith("${", at)) {
        open.push(at + 1);
        at += 2;
        afterValue = false;
      } else {
        afterValue = code.charAt(at++) == '`';
        open.pop();
      }
    }

    /** Handles a punctuation character. Returns the problem that it causes; empty if none. */
    private String sign(char c) {
      int closed = ")]}".indexOf(c);
      if ("([{`".indexOf(c) >= 0) {
        open.push(at - 1);
      } else if (closed >= 0 && opener() != "([{".charAt(closed)) {
        return "\"" + c + "\" closes nothing";
      } else if (closed >= 0) {
        open.pop();
      } else if (c == '"' || c == '\'') {
        return "a string is not closed";
      } else if ("“”‘’".indexOf(c) >= 0) {
        return "a typographic quote where code is expected";
      } else if (c == '/' && code.startsWith("*", at)) {
        return "a comment is not closed";
      } else if (c == '/' && !afterValue) {
        return "a regular expression is not closed";
      }
      boolean counted = (c == '+' || c == '-') && at > 1 && code.charAt(at - 2) == c;
      afterValue = closed >= 0 || counted;
      return "";
    }
  }
}
