package dev.keywheel.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The texts of the interface, found in the sources of templates, messages and scripts. Expressions
 * in a text are shown as {@code …}. In code, each literal with two words counts, so that the list
 * also contains some texts that users never see.
 */
public final class InterfaceTexts {
  private static final Path TEMPLATES = Path.of("src/main/jte");
  private static final Path CODE = Path.of("src/main/java/dev/keywheel");
  private static final Path SCRIPTS = Path.of("static/js");
  private static final List<Path> EXCLUDED =
      List.of(CODE.resolve("sandbox"), CODE.resolve("db"), SCRIPTS.resolve("vendor"));

  private static final Set<String> TEXT_ATTRIBUTES =
      Set.of("aria-label", "title", "placeholder", "alt", "data-confirm", "label");
  private static final Pattern ATTRIBUTE = Pattern.compile("\\s([\\w:-]+)=(\"[^\"]*\"|'[^']*')");
  private static final Pattern INLINE =
      Pattern.compile("</?(a|b|i|em|strong|code|span|kbd|time)\\b[^<>]*>");
  private static final Pattern TAG = Pattern.compile("<[^<>]*>");
  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");
  private static final Pattern TWO_WORDS =
      Pattern.compile("\\p{L}{2,}(?:['’]\\p{L}+)?[,;:.]? .*\\p{L}{2,}");
  private static final Pattern SQL =
      Pattern.compile(
          "^\\W*(select|union all|array\\(select|keys union|insert|update|delete|from|where|with|and|or|order|group|set|lock|create|"
              + "alter|not|exists|in|is|on|join|left|returning|values|for|as|limit|case|when|then)\\b");
  private static final Pattern CODE_COMMENT =
      Pattern.compile("(?s:/\\*.*?\\*/)|(?m:^\\s*//.*$)|(?<=[;{}),])\\s*// .*");
  private static final Pattern TEXT_BLOCK = Pattern.compile("(?s)\"\"\".*?\"\"\"");
  private static final Pattern SCRIPT_TEMPLATE = Pattern.compile("`([^`]*)`");

  private InterfaceTexts() {}

  public static SortedSet<String> all() {
    var texts = new TreeSet<String>();
    each(TEMPLATES, ".jte", InterfaceTexts::ofTemplate, texts);
    each(CODE, ".java", InterfaceTexts::ofCode, texts);
    each(SCRIPTS, ".js", InterfaceTexts::ofScript, texts);
    return texts;
  }

  private static void each(
      Path root, String ending, Function<String, List<String>> reader, Collection<String> texts) {
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(file -> file.toString().endsWith(ending))
          .filter(file -> EXCLUDED.stream().noneMatch(file::startsWith))
          .forEach(file -> texts.addAll(reader.apply(NamedTests.read(file))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static List<String> ofCode(String source) {
    var code = CODE_COMMENT.matcher(TEXT_BLOCK.matcher(source).replaceAll("")).replaceAll("");
    return literals(code.replaceAll("\"\\s*\\+\\s*\"", ""));
  }

  public static List<String> ofScript(String source) {
    var code = CODE_COMMENT.matcher(source).replaceAll("");
    var texts = new ArrayList<>(literals(code));
    SCRIPT_TEMPLATE
        .matcher(code)
        .results()
        .map(text -> clean(text.group(1).replaceAll("\\$\\{[^}]*\\}", "…")))
        .filter(InterfaceTexts::isText)
        .forEach(texts::add);
    return texts;
  }

  private static List<String> literals(String code) {
    return LITERAL
        .matcher(code)
        .results()
        .map(literal -> clean(literal.group(1)))
        .filter(InterfaceTexts::isText)
        .toList();
  }

  /** Excludes statements, patterns, markup, and lines of the server's log. */
  private static boolean isText(String text) {
    return !text.matches(".*[<>\\\\|{}=].*")
        && TWO_WORDS.matcher(text).find()
        && !SQL.matcher(text).find();
  }

  private static String clean(String text) {
    return text.replace("\\\"", "\"").replaceAll("\\\\n|\\s+", " ").strip();
  }

  public static List<String> ofTemplate(String source) {
    var texts = new ArrayList<String>();
    var plain = source.replaceAll("(?s)<%--.*?--%>", "");
    var markup = new Template(plain, texts).markup();
    var attributes = ATTRIBUTE.matcher(markup);
    while (attributes.find()) {
      var value = attributes.group(2);
      add(
          texts,
          TEXT_ATTRIBUTES.contains(attributes.group(1))
              ? value.substring(1, value.length() - 1)
              : "");
    }
    var inline = INLINE.matcher(attributes.replaceAll(""));
    Stream.of(TAG.matcher(inline.replaceAll("")).replaceAll("\0").split("\0"))
        .forEach(text -> add(texts, text));
    return texts;
  }

  private static void add(List<String> texts, String text) {
    var cleaned = clean(text);
    if (cleaned.chars().anyMatch(Character::isLetter)) {
      texts.add(cleaned);
    }
  }

  /** Splits a template into its markup and the literals of its code. */
  private static final class Template {
    private static final Pattern CODE_START =
        Pattern.compile("@(?:import|param) [^\\n=]*|@(?:if|elseif|for|template[\\w.]*)\\(|[$!]\\{");

    private final String source;
    private final List<String> texts;

    Template(String source, List<String> texts) {
      this.source = source;
      this.texts = texts;
    }

    String markup() {
      var markup = new StringBuilder();
      var start = CODE_START.matcher(source);
      int at = 0;
      while (start.find(at)) {
        markup.append(source, at, start.start());
        if (start.group().startsWith("@import") || start.group().startsWith("@param")) {
          int end = source.indexOf('\n', start.end());
          at = end < 0 ? source.length() : end;
          texts.addAll(literals(source.substring(start.end(), at)));
        } else {
          at = code(start.end(), markup);
          markup.append(
              start.group().startsWith("$") ? "…" : start.group().contains("template") ? "\0" : "");
        }
      }
      markup.append(source.substring(at));
      return markup.toString().replaceAll("@(else|endif|endfor)\\b", "").replace('`', ' ');
    }

    /**
     * Reads code up to its closing bracket; content blocks passed to a component are read as
     * markup.
     */
    private int code(int from, StringBuilder markup) {
      int depth = 1;
      int at = from;
      while (at < source.length() && depth > 0) {
        char c = source.charAt(at);
        if (c == '"') {
          var literal = LITERAL.matcher(source).region(at, source.length());
          if (!literal.lookingAt()) {
            return at + 1;
          }
          texts.addAll(
              literals(literal.group()).isEmpty()
                  ? titles(literal.group(1))
                  : literals(literal.group()));
          at = literal.end();
        } else if (c == '@' && source.startsWith("@`", at)) {
          int end = contentEnd(at + 2);
          markup
              .append("\0")
              .append(new Template(source.substring(at + 2, end), texts).markup())
              .append("\0");
          at = end + 1;
        } else {
          depth += c == '(' || c == '{' ? 1 : c == ')' || c == '}' ? -1 : 0;
          at++;
        }
      }
      return at;
    }

    /** A single capitalized word, such as a heading of a table. */
    private static List<String> titles(String text) {
      return text.matches("#?[A-Z][a-z]+") ? List.of(text.replace("#", "")) : List.of();
    }

    private int contentEnd(int from) {
      int depth = 1;
      for (int at = from; at < source.length(); at++) {
        if (source.charAt(at) == '`') {
          depth += source.charAt(at - 1) == '@' ? 1 : -1;
          if (depth == 0) {
            return at;
          }
        }
      }
      return source.length() - 1;
    }
  }
}
