package dev.keywheel.article.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.BlockQuote;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;
import org.jspecify.annotations.Nullable;

/**
 * HTML tags in Markdown that were meant to be obeyed. A tag in code is not one of them, nor one
 * that the text speaks of ("the &lt;b&gt; tag"), nor a word in angle brackets that is no element.
 */
public final class RawHtmlTags {
  /** Their contents are no text for a reader. */
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
  private static final Set<String> SINGLE = names("br hr img wbr link meta");
  private static final Set<String> KNOWN =
      Stream.of(DROPPED, BLOCKS, INLINE, SINGLE)
          .flatMap(Set::stream)
          .collect(Collectors.toUnmodifiableSet());

  private static final Parser PARSER =
      Parser.builder()
          .enabledBlockTypes(Set.of(FencedCodeBlock.class, BlockQuote.class))
          .includeSourceSpans(IncludeSourceSpans.BLOCKS_AND_INLINES)
          .build();
  private static final Pattern TAG = Pattern.compile("(?is)<(/?)([a-z][a-z0-9]*)(.*?)/?>");

  private final String text;
  private final List<Tag> tags = new ArrayList<>();

  /** A tag, and the one that closes or opens it. */
  private static final class Tag {
    final String name;
    final boolean closing;
    final boolean attributes;
    final int start;
    final int end;
    @Nullable Tag partner;
    boolean meant;

    Tag(String name, boolean closing, boolean attributes, int start, int end) {
      this.name = name;
      this.closing = closing;
      this.attributes = attributes;
      this.start = start;
      this.end = end;
    }
  }

  /** A place in the text. */
  record Place(int start, int end) {}

  private RawHtmlTags(String text) {
    this.text = text;
  }

  /** The first tag that a reader would see, as it is written there. */
  public static Optional<String> first(String markdown) {
    return in(markdown).stream().findFirst().map(p -> markdown.substring(p.start(), p.end()));
  }

  /** Where they are, in order; none in a text longer than any block. */
  static List<Place> in(String markdown) {
    if (markdown.indexOf('<') < 0 || markdown.length() > Markdown.MAX_LENGTH) {
      return List.of();
    }
    try {
      var stray = new RawHtmlTags(markdown);
      stray.find();
      stray.pair();
      stray.judge();
      return stray.tags.stream().filter(t -> t.meant).map(t -> new Place(t.start, t.end)).toList();
    } catch (StackOverflowError _) {
      return List.of();
    }
  }

  private void find() {
    PARSER
        .parse(text)
        .accept(
            new AbstractVisitor() {
              @Override
              public void visit(HtmlInline html) {
                var spans = html.getSourceSpans();
                var last = spans.getLast();
                add(spans.getFirst().getInputIndex(), last.getInputIndex() + last.getLength());
              }
            });
    tags.sort(Comparator.comparingInt(t -> t.start));
  }

  private void add(int start, int end) {
    var literal = text.substring(start, end);
    if (literal.startsWith("<!--")) {
      var comment = new Tag("", false, true, start, end);
      comment.meant = true;
      tags.add(comment);
      return;
    }
    var tag = TAG.matcher(literal);
    if (tag.matches()) {
      var name = tag.group(2).toLowerCase(Locale.ROOT);
      if (KNOWN.contains(name)) {
        tags.add(new Tag(name, !tag.group(1).isEmpty(), !tag.group(3).isBlank(), start, end));
      }
    }
  }

  private void pair() {
    var open = new ArrayDeque<Tag>();
    for (var tag : tags) {
      if (!tag.closing) {
        open.push(tag);
        continue;
      }
      var partner = open.stream().filter(t -> t.name.equals(tag.name)).findFirst();
      if (partner.isPresent()) {
        while (open.pop() != partner.get()) {
          // What was opened in between stays open.
        }
        partner.get().partner = tag;
        tag.partner = partner.get();
      }
    }
  }

  private void judge() {
    int within = 0;
    for (var tag : tags) {
      var partner = tag.partner;
      if (partner != null && tag.closing) {
        tag.meant = partner.meant;
      } else {
        tag.meant |= tag.start < within || meant(tag);
      }
      if (tag.meant && partner != null && !tag.closing && BLOCKS.contains(tag.name)) {
        within = Math.max(within, partner.start);
      }
    }
  }

  private boolean meant(Tag tag) {
    var partner = tag.partner;
    boolean block = BLOCKS.contains(tag.name);
    if (tag.attributes || block && alone(tag)) {
      return true;
    }
    if (SINGLE.contains(tag.name)) {
      return !betweenWords(tag);
    }
    if (partner != null) {
      return block && beginsLine(tag)
          || wraps(text.substring(tag.end, partner.start), DROPPED.contains(tag.name));
    }
    return tag.closing
        ? DROPPED.contains(tag.name) || !betweenWords(tag)
        : block && beginsLine(tag) && !spaceAt(tag.end);
  }

  /** Whether this is what stands between two tags, and not the words between two mentions. */
  private static boolean wraps(String between, boolean code) {
    return code
        ? between.isBlank() || !between.startsWith(" ") || between.matches("(?s).*[=;(){}].*")
        : !between.isBlank()
            && !Character.isWhitespace(between.charAt(0))
            && !Character.isWhitespace(between.charAt(between.length() - 1))
            && between.codePoints().anyMatch(Character::isLetterOrDigit);
  }

  /**
   * As a word of a sentence stands: a blank, a quote or a bracket before, a blank or sign after.
   */
  private boolean betweenWords(Tag tag) {
    boolean after =
        tag.end >= text.length() || " .,;:!?\"'”’)\n".indexOf(text.charAt(tag.end)) >= 0;
    return !beginsLine(tag)
        && after
        && " \"'“‘(/".indexOf(text.charAt(tag.start - 1)) >= 0
        && tag.start > 1
        && Character.isLetterOrDigit(lastBefore(tag.start));
  }

  private int lastBefore(int at) {
    int i = at;
    while (i > 0 && " \"'“‘(/".indexOf(text.charAt(i - 1)) >= 0) {
      i--;
    }
    return i == 0 ? ' ' : text.codePointBefore(i);
  }

  private boolean alone(Tag tag) {
    int end = tag.end;
    while (end < text.length()
        && text.charAt(end) != '\n'
        && Character.isWhitespace(text.charAt(end))) {
      end++;
    }
    return beginsLine(tag) && (end == text.length() || text.charAt(end) == '\n');
  }

  private boolean beginsLine(Tag tag) {
    int start = tag.start;
    while (start > 0
        && text.charAt(start - 1) != '\n'
        && Character.isWhitespace(text.charAt(start - 1))) {
      start--;
    }
    return start == 0 || text.charAt(start - 1) == '\n';
  }

  private boolean spaceAt(int at) {
    return at >= text.length() || text.charAt(at) == ' ';
  }

  private static Set<String> names(String line) {
    return Set.of(line.split(" "));
  }
}
