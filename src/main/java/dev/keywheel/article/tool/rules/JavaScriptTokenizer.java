package dev.keywheel.article.tool.rules;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The tokens of a piece of JavaScript, and whether its brackets, strings and comments close.
 *
 * <p>This is a scanner and no parser: it finds what a cut or mangled script shows, and it tells
 * identifiers from the insides of strings, comments and patterns. Whether the script really parses
 * is seen in the browser.
 *
 * @param problem why it cannot be whole, with the line; empty when nothing speaks against it
 */
public record JavaScriptTokenizer(List<Token> tokens, Optional<Problem> problem) {

  enum Kind {
    NAME,
    NUMBER,
    STRING,
    TEMPLATE,
    PATTERN,
    SIGN
  }

  /** A token; {@code text} of a string is what stands between its quotes. */
  record Token(Kind kind, String text, int line) {
    boolean is(String sign) {
      return (kind == Kind.SIGN || kind == Kind.NAME) && text.equals(sign);
    }
  }

  public record Problem(int line, String text) {}

  public static JavaScriptTokenizer of(String code) {
    var scanner = new Scanner(code);
    var problem = scanner.scan();
    return new JavaScriptTokenizer(scanner.tokens, problem);
  }

  Token at(int index) {
    return index >= 0 && index < tokens.size() ? tokens.get(index) : new Token(Kind.SIGN, "", 0);
  }

  private static final class Scanner {
    private static final Set<String> BEFORE_PATTERN =
        Set.of(
            "return",
            "typeof",
            "case",
            "in",
            "of",
            "delete",
            "void",
            "throw",
            "new",
            "else",
            "do",
            "instanceof",
            "yield",
            "await");

    private final String code;
    private final List<Token> tokens = new ArrayList<>();
    private final ArrayDeque<Token> open = new ArrayDeque<>();
    private int at;
    private int line = 1;

    Scanner(String code) {
      this.code = code;
    }

    Optional<Problem> scan() {
      while (at < code.length()) {
        char c = code.charAt(at);
        if (c == '\n') {
          line++;
          at++;
        } else if (Character.isWhitespace(c) || c == '\uFEFF') {
          at++;
        } else if (code.startsWith("//", at)) {
          at = endOfLine();
        } else if (code.startsWith("/*", at)) {
          int end = code.indexOf("*/", at + 2);
          if (end < 0) {
            return problem(line, "a comment is not closed");
          }
          advance(end + 2);
        } else {
          var problem = token(c);
          if (problem.isPresent()) {
            return problem;
          }
        }
      }
      return open.isEmpty()
          ? Optional.empty()
          : problem(open.peek().line(), "\"" + open.peek().text() + "\" is not closed");
    }

    private Optional<Problem> token(char c) {
      int start = at;
      int startLine = line;
      if (Character.isJavaIdentifierStart(c) || c == '#' || c == '\\') {
        at++;
        while (at < code.length() && Character.isJavaIdentifierPart(code.charAt(at))) {
          at++;
        }
        return add(Kind.NAME, code.substring(start, at), startLine);
      }
      if (Character.isDigit(c)
          || c == '.' && at + 1 < code.length() && Character.isDigit(code.charAt(at + 1))) {
        while (at < code.length()
            && (Character.isLetterOrDigit(code.charAt(at))
                || code.charAt(at) == '.'
                || code.charAt(at) == '_')) {
          at++;
        }
        return add(Kind.NUMBER, code.substring(start, at), startLine);
      }
      return switch (c) {
        case '"', '\'' -> string(c);
        case '`' -> template();
        case '/' -> patternMayStart() ? pattern() : sign(c);
        case '“', '”', '‘', '’' ->
            problem(line, "a typographic quote stands where code is expected");
        default -> sign(c);
      };
    }

    private Optional<Problem> string(char quote) {
      int start = ++at;
      while (at < code.length()) {
        char c = code.charAt(at);
        if (c == '\\') {
          if (at + 1 < code.length() && code.charAt(at + 1) == '\n') {
            line++;
          }
          at += 2;
        } else if (c == '\n') {
          return problem(line, "a string is not closed");
        } else if (c == quote) {
          var text = code.substring(start, at++);
          return add(Kind.STRING, text, line);
        } else {
          at++;
        }
      }
      return problem(line, "a string is not closed");
    }

    /** The text between back quotes; code in its places is scanned by itself. */
    private Optional<Problem> template() {
      int startLine = line;
      var text = new StringBuilder();
      at++;
      while (at < code.length()) {
        char c = code.charAt(at);
        if (c == '\\' && at + 1 < code.length()) {
          text.append(c).append(code.charAt(at + 1));
          at += 2;
        } else if (c == '`') {
          at++;
          return add(Kind.TEMPLATE, text.toString(), startLine);
        } else if (code.startsWith("${", at)) {
          var inner = new Scanner(code);
          inner.at = at + 2;
          inner.line = line;
          var problem = inner.place();
          if (problem.isPresent()) {
            return problem;
          }
          tokens.addAll(inner.tokens);
          text.append("${}");
          at = inner.at;
          line = inner.line;
        } else {
          if (c == '\n') {
            line++;
          }
          text.append(c);
          at++;
        }
      }
      return problem(startLine, "a template string is not closed");
    }

    /** Scans up to the bracket that closes a place of a template. */
    private Optional<Problem> place() {
      while (at < code.length()) {
        char c = code.charAt(at);
        if (c == '}' && open.isEmpty()) {
          at++;
          return Optional.empty();
        }
        if (c == '\n') {
          line++;
          at++;
        } else if (Character.isWhitespace(c)) {
          at++;
        } else {
          var problem = token(c);
          if (problem.isPresent()) {
            return problem;
          }
        }
      }
      return problem(line, "a place in a template string is not closed");
    }

    private boolean patternMayStart() {
      if (tokens.isEmpty()) {
        return true;
      }
      var last = tokens.getLast();
      return switch (last.kind()) {
        case NAME -> BEFORE_PATTERN.contains(last.text());
        case NUMBER, STRING, TEMPLATE, PATTERN -> false;
        case SIGN ->
            !last.text().equals(")")
                && !last.text().equals("]")
                && !last.text().equals("}")
                && !counted();
      };
    }

    /** After {@code a++} or {@code a--} something is divided. */
    private boolean counted() {
      int n = tokens.size();
      var last = tokens.getLast().text();
      return n > 1 && (last.equals("+") || last.equals("-")) && tokens.get(n - 2).is(last);
    }

    private Optional<Problem> pattern() {
      int start = at++;
      boolean inClass = false;
      while (at < code.length()) {
        char c = code.charAt(at);
        if (c == '\n') {
          return problem(line, "a pattern is not closed");
        }
        if (c == '\\') {
          at++;
        } else if (c == '[') {
          inClass = true;
        } else if (c == ']') {
          inClass = false;
        } else if (c == '/' && !inClass) {
          at++;
          while (at < code.length() && Character.isLetter(code.charAt(at))) {
            at++;
          }
          return add(Kind.PATTERN, code.substring(start, at), line);
        }
        at++;
      }
      return problem(line, "a pattern is not closed");
    }

    private Optional<Problem> sign(char c) {
      at++;
      var token = new Token(Kind.SIGN, Character.toString(c), line);
      tokens.add(token);
      if ("([{".indexOf(c) >= 0) {
        open.push(token);
      } else if (")]}".indexOf(c) >= 0) {
        if (open.isEmpty() || "([{".indexOf(open.peek().text().charAt(0)) != ")]}".indexOf(c)) {
          return problem(line, "\"" + c + "\" closes nothing");
        }
        open.pop();
      }
      return Optional.empty();
    }

    private Optional<Problem> add(Kind kind, String text, int startLine) {
      tokens.add(new Token(kind, text, startLine));
      return Optional.empty();
    }

    private static Optional<Problem> problem(int line, String text) {
      return Optional.of(new Problem(line, text));
    }

    private int endOfLine() {
      int end = code.indexOf('\n', at);
      return end < 0 ? code.length() : end;
    }

    private void advance(int to) {
      for (; at < to; at++) {
        if (code.charAt(at) == '\n') {
          line++;
        }
      }
    }
  }
}
