package dev.keywheel.article.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;

/**
 * Converts HTML in a model's reply to Markdown. Markdown between the tags is kept; scripts, styles,
 * frames and forms are removed with their content; links become their text.
 */
public final class HtmlToMarkdown {
  /** A private-use character for a line break until its surroundings are known. */
  private static final String BREAK = "\uE002";

  /** Spaces before a character; matched only from their first one, because a text may have many. */
  private static final String SPACES = "(?:(?<![ \\t])[ \\t]++)?";

  private static final Pattern BREAKS = Pattern.compile(SPACES + "\uE002\\s*(?:\uE002\\s*)+");
  private static final Pattern LAST_BREAK =
      Pattern.compile(SPACES + "\uE002[ \\t]*+(?=\\n\\s*\\n|\\s*\\z)");
  private static final Pattern ONE_BREAK = Pattern.compile(SPACES + "\uE002[ \\t]*\\n?");

  private HtmlToMarkdown() {}

  /** Converts HTML to Markdown; returns a text without markup unchanged. */
  public static String markdown(String text) {
    var tags = RawHtmlTags.in(text);
    if (tags.isEmpty()) {
      return text;
    }
    try {
      var body = Jsoup.parseBodyFragment(onlyTags(text, tags)).body();
      return withBreaks(blocks(body, true)).strip();
    } catch (StackOverflowError _) {
      // Nested thousands of levels deep: return the text unchanged.
      return text;
    }
  }

  /** The text as HTML, with all but these tags escaped. */
  private static String onlyTags(String text, List<RawHtmlTags.Place> tags) {
    var out = new StringBuilder();
    int from = 0;
    for (var tag : tags) {
      if (tag.start() >= from) {
        out.append(literal(text.substring(from, tag.start())));
        out.append(text, tag.start(), tag.end());
        from = tag.end();
      }
    }
    return out.append(literal(text.substring(from))).toString();
  }

  private static String literal(String text) {
    return text.replace(BREAK, "").replace("&", "&amp;").replace("<", "&lt;");
  }

  /** The content of an element as Markdown; {@code asIs} keeps the indentation of its lines. */
  private static String blocks(Element element, boolean asIs) {
    var out = new StringBuilder();
    for (var node : element.childNodes()) {
      if (node instanceof TextNode text) {
        append(out, words(text, asIs));
      } else if (node instanceof Element child) {
        element(child, out, asIs);
      }
    }
    return out.toString();
  }

  private static String words(TextNode text, boolean asIs) {
    var whole = text.getWholeText();
    return asIs || whole.contains("```") ? whole : whole.replaceAll(SPACES + "\\n\\s*", "\n");
  }

  private static void append(StringBuilder out, String text) {
    int end = out.length();
    boolean atBlock = end < 2 || (out.charAt(end - 1) == '\n' && out.charAt(end - 2) == '\n');
    out.append(atBlock ? text.replaceFirst("\\A(?:[ \\t]*\\n)+", "") : text);
  }

  private static void element(Element element, StringBuilder out, boolean asIs) {
    var name = element.normalName();
    if (RawHtmlTags.DROPPED.contains(name)) {
      return;
    }
    switch (name) {
      case "br" -> out.append(BREAK);
      case "hr" -> block(out, "---");
      case "img" -> out.append(element.attr("alt"));
      case "b", "strong" -> marked(element, "**", out);
      case "i", "em", "var", "cite" -> marked(element, "*", out);
      case "sup" -> out.append(replaceDigits(element.text(), "⁰¹²³⁴⁵⁶⁷⁸⁹"));
      case "sub" -> out.append(replaceDigits(element.text(), "₀₁₂₃₄₅₆₇₈₉"));
      case "code", "kbd", "samp" -> out.append(code(element));
      case "pre" -> block(out, fenced(element));
      case "h1", "h2", "h3", "h4", "h5", "h6" -> block(out, "#### " + line(element));
      case "ul", "ol" -> block(out, list(element));
      case "li" -> block(out, item("- ", element));
      case "table" -> block(out, table(element));
      case "blockquote" ->
          block(out, blocks(element, false).strip().indent(0).replaceAll("(?m)^", "> "));
      default -> {
        if (element.isBlock() || name.matches("summary|label")) {
          block(out, blocks(element, false));
        } else {
          out.append(blocks(element, asIs));
        }
      }
    }
  }

  private static void block(StringBuilder out, String text) {
    int end = out.length();
    while (end > 0 && Character.isWhitespace(out.charAt(end - 1))) {
      end--;
    }
    out.setLength(end);
    out.append(out.isEmpty() ? "" : "\n\n")
        .append(text.strip())
        .append(text.isBlank() ? "" : "\n\n");
  }

  /** Writes bold or italic text; plain text if Markdown would not read the delimiter here. */
  private static void marked(Element element, String sign, StringBuilder out) {
    var inside = blocks(element, true);
    var words = inside.strip();
    boolean readable =
        !words.isEmpty()
            && !words.contains("\n\n")
            && !words.contains(BREAK)
            && (isWord(words.codePointAt(0))
                || out.isEmpty()
                || !isWord(out.codePointBefore(out.length())))
            && (isWord(words.codePointBefore(words.length())) || !isWord(next(element)));
    out.append(readable ? inside.replace(words, sign + words + sign) : inside);
  }

  private static boolean isWord(int letter) {
    return Character.isLetterOrDigit(letter);
  }

  private static int next(Element element) {
    var next = element.nextSibling();
    var text =
        next instanceof TextNode words
            ? words.getWholeText()
            : next instanceof Element e ? e.text() : "";
    return text.isEmpty() ? ' ' : text.codePointAt(0);
  }

  private static String replaceDigits(String text, String digits) {
    return text.matches("[0-9]+")
        ? text.chars()
            .mapToObj(c -> digits.substring(c - '0', c - '0' + 1))
            .collect(Collectors.joining())
        : text;
  }

  private static String code(Element element) {
    var text = Parser.unescapeEntities(element.wholeText(), false).replaceAll("\\s+", " ").strip();
    var sign = text.contains("`") ? "``" : "`";
    return text.isEmpty()
        ? ""
        : text.contains("`") ? sign + " " + text + " " + sign : sign + text + sign;
  }

  private static String fenced(Element element) {
    var text = Parser.unescapeEntities(element.wholeText(), false).replaceAll("\\A\\n|\\s+\\z", "");
    var fence = text.contains("```") ? "~~~~" : "```";
    return fence + "\n" + text + "\n" + fence;
  }

  private static String line(Element element) {
    return blocks(element, false).replace(BREAK, " ").replaceAll("\\s+", " ").strip();
  }

  private static String list(Element list) {
    var items = new ArrayList<String>();
    int number = list.normalName().equals("ol") ? start(list) : -1;
    for (var child : list.children()) {
      items.add(item(number < 0 ? "- " : number++ + ". ", child));
    }
    return String.join("\n", items);
  }

  private static int start(Element list) {
    return list.attr("start").matches("[0-9]{1,8}") ? Integer.parseInt(list.attr("start")) : 1;
  }

  private static String item(String sign, Element item) {
    var inside = withBreaks(blocks(item, false)).strip().replaceAll("\\n\\n(?=- |\\d+\\. )", "\n");
    return sign + inside.replaceAll("\\n(?=[^\\n])", "\n" + " ".repeat(sign.length()));
  }

  private static String table(Element table) {
    var rows =
        table.select("tr").stream().map(HtmlToMarkdown::cells).filter(r -> !r.isEmpty()).toList();
    if (rows.isEmpty()) {
      return line(table);
    }
    int width = rows.stream().mapToInt(List::size).max().orElse(1);
    var lines = new ArrayList<String>();
    var caption = table.selectFirst("caption");
    if (caption != null) {
      lines.add(line(caption) + "\n");
    }
    for (var row : rows) {
      lines.add("| " + String.join(" | ", row) + " |" + "  |".repeat(width - row.size()));
      if (row == rows.getFirst()) {
        lines.add("|" + " --- |".repeat(width));
      }
    }
    return String.join("\n", lines);
  }

  private static List<String> cells(Element row) {
    return row.select("> th, > td").stream()
        .map(HtmlToMarkdown::line)
        .map(cell -> cell.replaceAll("(?<!\\\\)\\|", "\\\\|"))
        .toList();
  }

  /**
   * Writes line breaks as Markdown: a space in a table row, a new paragraph for two, none at the
   * end.
   */
  private static String withBreaks(String text) {
    if (!text.contains(BREAK)) {
      return text;
    }
    var rows =
        text.lines()
            .map(l -> l.stripLeading().startsWith("|") ? l.replaceAll(SPACES + "\uE002 *", " ") : l)
            .collect(Collectors.joining("\n"));
    var paragraphs = BREAKS.matcher(rows).replaceAll("\n\n");
    return ONE_BREAK.matcher(LAST_BREAK.matcher(paragraphs).replaceAll("")).replaceAll("\\\\\n");
  }
}
