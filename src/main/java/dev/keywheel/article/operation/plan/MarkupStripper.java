package dev.keywheel.article.operation.plan;

import dev.keywheel.article.text.MarkdownToHtml;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.Delimited;
import org.commonmark.node.Emphasis;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.StrongEmphasis;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;

/**
 * Strips inline markup from a field that must be plain text. Characters that only look like markup
 * stay: {@code L*W*H}, {@code a < b}, and the name of an element in a sentence.
 */
final class MarkupStripper {
  private static final Parser INLINE = Parser.builder().enabledBlockTypes(Set.of()).build();
  private static final Pattern HEADING =
      Pattern.compile("^\\s*+#{1,6}\\s++|(?<!\\s)\\s++#{1,6}\\s*+$");
  private static final String ELEMENT =
      "(b|i|u|s|em|strong|mark|small|sub|sup|span|code|kbd|a|p|div|h[1-6]|font)";
  private static final Pattern TAG =
      Pattern.compile("(?i)<(?:" + ELEMENT + "(?:\\s[^<>]*+)?|/" + ELEMENT + "\\s*+)>");
  private static final Pattern BREAK = Pattern.compile("(?i)<br\\s*+/?>");

  private MarkupStripper() {}

  /**
   * Strips markup but no line breaks. A text longer than {@link MarkdownToHtml#MAX_LENGTH} stays
   * unchanged.
   */
  static String of(String text) {
    if (text.length() > MarkdownToHtml.MAX_LENGTH) {
      return text;
    }
    var words = new Words();
    INLINE.parse(HEADING.matcher(text).replaceAll("")).accept(words);
    return withoutElements(BREAK.matcher(words.out).replaceAll(" "));
  }

  /** Removes each end tag and the last start tag of its name before it; other tags stay. */
  static String withoutElements(CharSequence text) {
    var open = new HashMap<String, Deque<int[]>>();
    var removed = new BitSet();
    for (var tag = TAG.matcher(text); tag.find(); ) {
      if (tag.group(1) != null) {
        open.computeIfAbsent(name(tag.group(1)), _ -> new ArrayDeque<>())
            .push(new int[] {tag.start(), tag.end()});
        continue;
      }
      var start = open.getOrDefault(name(tag.group(2)), new ArrayDeque<>()).poll();
      if (start != null) {
        removed.set(start[0], start[1]);
        removed.set(tag.start(), tag.end());
      }
    }
    var plain = new StringBuilder();
    for (int from = removed.nextClearBit(0); from < text.length(); ) {
      int to = removed.nextSetBit(from);
      int end = to < 0 ? text.length() : to;
      plain.append(text, from, end);
      from = removed.nextClearBit(end);
    }
    return plain.toString();
  }

  private static String name(String tag) {
    return tag.toLowerCase(Locale.ROOT);
  }

  private static final class Words extends AbstractVisitor {
    private final StringBuilder out = new StringBuilder();

    @Override
    public void visit(Text text) {
      out.append(text.getLiteral());
    }

    @Override
    public void visit(Code code) {
      out.append(code.getLiteral());
    }

    @Override
    public void visit(HtmlInline html) {
      out.append(html.getLiteral());
    }

    @Override
    public void visit(SoftLineBreak line) {
      out.append('\n');
    }

    @Override
    public void visit(HardLineBreak line) {
      out.append('\n');
    }

    @Override
    public void visit(Emphasis emphasis) {
      delimited(emphasis, emphasis);
    }

    @Override
    public void visit(StrongEmphasis strong) {
      delimited(strong, strong);
    }

    @Override
    public void visit(Link link) {
      visitChildren(link);
    }

    @Override
    public void visit(Image image) {
      visitChildren(image);
    }

    /** Keeps the delimiters of emphasis between two letters, digits or parentheses as text. */
    private void delimited(Node node, Delimited marks) {
      boolean sign =
          node.getPrevious() instanceof Text before
              && before.getLiteral().matches("(?s).*[A-Za-z0-9)]")
              && node.getNext() instanceof Text after
              && after.getLiteral().matches("(?s)[A-Za-z0-9(].*");
      out.append(sign ? marks.getOpeningDelimiter() : "");
      visitChildren(node);
      out.append(sign ? marks.getClosingDelimiter() : "");
    }
  }
}
