package dev.keywheel.article.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds HTML tags in Markdown that are used as markup. Ignores tags in code, tags that the text
 * only mentions ("the &lt;b&gt; tag"), and words in angle brackets that do not name an element.
 */
public final class RawHtmlTags {
  /** Elements whose content is not readable text. */
  static final Set<String> DROPPED =
      names(
          "script style iframe object embed svg math noscript template canvas audio video head"
              + " title select textarea button input");

  private static final Set<String> BLOCKS =
      names(
          "p ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tfoot tr th td caption div section"
              + " article main header footer aside nav blockquote pre dl dt dd figure figcaption"
              + " form details summary html body center");
  private static final Set<String> INLINE =
      names(
          "b i u s em strong mark small sub sup span code kbd samp var a q cite del ins strike font"
              + " big abbr label");
  private static final Set<String> VOID = names("br hr img wbr link meta");

  /**
   * Code, which is skipped, a comment, or a tag. Repetitions are bounded where a match can fail.
   */
  private static final Pattern CODE_OR_TAG =
      Pattern.compile(
          "(?is)(?m:^)[ >]{0,8}(`{3,}|~{3,})(?:.*?\\n[ >]{0,8}\\1|.*)"
              + "|(?<!`)(`++)[^\\n]{1,5000}?(?<!`)\\2(?!`)"
              + "|\\\\<"
              + "|<!--.{0,1000}?-->"
              + "|<(?<slash>/?)(?<name>[a-z][a-z0-9]*+)"
              + "(?<attributes>(?:\\s(?:[^<>\"']++|\"[^\"]{0,500}+\"|'[^']{0,500}+'){0,40}+)?)/?>");

  private static final Pattern WORD_BEFORE =
      Pattern.compile("[\\p{L}\\p{N}][ \"'“‘(/]{1,5}$", Pattern.UNICODE_CHARACTER_CLASS);

  private RawHtmlTags() {}

  record Place(int start, int end) {}

  /** The first tag that would be visible to a reader. */
  public static Optional<String> first(String markdown) {
    return in(markdown).stream().findFirst().map(p -> markdown.substring(p.start(), p.end()));
  }

  /**
   * Positions of the tags in order; none for a text longer than {@link MarkdownToHtml#MAX_LENGTH}.
   */
  static List<Place> in(String markdown) {
    if (markdown.indexOf('<') < 0 || markdown.length() > MarkdownToHtml.MAX_LENGTH) {
      return List.of();
    }
    var tags = new ArrayList<Place>();
    int endOfBlock = 0; // of a block element that is markup; all tags in it are markup too
    Matcher found = CODE_OR_TAG.matcher(markdown);
    Map<String, Integer> closings = new HashMap<>();
    while (found.find()) {
      Tag tag = new Tag(markdown, found, closings);
      if (tag.isMarkup() || (tag.isKnown() && found.start() < endOfBlock)) {
        tags.add(new Place(found.start(), found.end()));
        endOfBlock = tag.isOpeningBlock() ? Math.max(endOfBlock, tag.closing()) : endOfBlock;
      }
    }
    return tags;
  }

  private record Tag(String text, Matcher found, Map<String, Integer> closings) {
    boolean isMarkup() {
      if (found.group().startsWith("<!--")) {
        return true;
      }
      String name = name();
      if (!isKnown()) {
        return false;
      }
      boolean block = BLOCKS.contains(name);
      if (!found.group("attributes").replace("/", "").isBlank() || (block && isAlone())) {
        return true;
      }
      if (VOID.contains(name)) {
        return !isMentioned();
      }
      if (!found.group("slash").isEmpty()) {
        return DROPPED.contains(name) || !isMentioned();
      }
      if (closing() < 0) {
        return block && beginsLine() && !text.startsWith(" ", found.end());
      }
      return (block && beginsLine())
          || wraps(text.substring(found.end(), closing()), DROPPED.contains(name));
    }

    boolean isKnown() {
      return DROPPED.contains(name())
          || BLOCKS.contains(name())
          || INLINE.contains(name())
          || VOID.contains(name());
    }

    boolean isOpeningBlock() {
      return BLOCKS.contains(name()) && found.group("slash").isEmpty();
    }

    private String name() {
      String name = found.group("name");
      return name == null ? "" : name.toLowerCase(Locale.ROOT);
    }

    /** Start of the element's next closing tag; -1 without one. The position is cached by name. */
    int closing() {
      return closings.compute(
          name(), (name, at) -> at == null || (at >= 0 && at < found.end()) ? closing(name) : at);
    }

    private int closing(String name) {
      var closing = Pattern.compile("(?i)</" + name + "\\b").matcher(text);
      return closing.find(found.end()) ? closing.start() : -1;
    }

    /** Whether the text between two tags is content, not words between two mentioned tags. */
    private static boolean wraps(String between, boolean code) {
      return code
          ? !between.startsWith(" ") || between.isBlank() || between.matches("(?s).*[=;(){}].*")
          : between.equals(between.strip()) && between.chars().anyMatch(Character::isLetterOrDigit);
    }

    /**
     * Whether the tag is placed like a word in a sentence: after a word, and before a space or
     * punctuation.
     */
    private boolean isMentioned() {
      String before = text.substring(Math.max(0, found.start() - 6), found.start());
      char after = found.end() < text.length() ? text.charAt(found.end()) : ' ';
      return !beginsLine()
          && " .,;:!?\"'”’)\n".indexOf(after) >= 0
          && WORD_BEFORE.matcher(before).find();
    }

    private boolean isAlone() {
      int end = text.indexOf('\n', found.end());
      return beginsLine() && text.substring(found.end(), end < 0 ? text.length() : end).isBlank();
    }

    private boolean beginsLine() {
      int at = found.start() - 1;
      while (at >= 0 && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
        at--;
      }
      return at < 0 || text.charAt(at) == '\n';
    }
  }

  private static Set<String> names(String line) {
    return Set.of(line.split(" "));
  }
}
