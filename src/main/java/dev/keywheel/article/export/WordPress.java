package dev.keywheel.article.export;

import dev.keywheel.article.page.ArticleBody.Figure;
import dev.keywheel.article.page.Assembly;
import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.article.text.SafeHtml;
import dev.keywheel.article.tool.FramedTool;
import dev.keywheel.article.tool.ToolDocument;
import gg.jte.Content;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The article for WordPress: blocks to paste, and an import file with a draft. */
final class WordPress {
  private static final DateTimeFormatter POST_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter RSS_TIME =
      DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

  private WordPress() {}

  /**
   * Block markup of the article. The tool is an iframe whose document is escaped, so that the
   * editor leaves it unchanged.
   */
  static String blocks(ArticleFile file) {
    var tool = file.parts().tool();
    var body =
        new Assembly(file.parts())
            .body(
                new Assembly.Sources(
                    file.pictureUrl(), null, tool == null ? null : "in the block"));
    var out = new StringBuilder();
    if (!body.lead().isEmpty()) {
      out.append(WordPressBlocks.of("<p>" + MarkdownToHtml.escaped(body.lead()) + "</p>"));
    }
    if (body.picture() != null) {
      picture(out, body.picture());
    }
    if (body.tool() != null && tool != null) {
      heading(out, 2, body.tool().name(), body.tool().anchor());
      html(out, frame(tool, body.tool().name()));
    }
    if (body.guide() != null) {
      heading(out, 2, body.guide().title(), body.guide().anchor());
      body.guide().blocks().forEach(b -> out.append(text(b.html())));
    }
    for (var section : body.sections()) {
      heading(out, 2, section.title(), section.anchor());
      for (var block : section.blocks()) {
        heading(out, 3, block.title(), block.anchor());
        out.append(text(block.html()));
      }
    }
    if (body.faq() != null) {
      heading(out, 2, body.faq().title(), body.faq().anchor());
      for (var answer : body.faq().answers()) {
        heading(out, 3, answer.question(), answer.anchor());
        out.append(text(answer.html()));
      }
    }
    // WordPress would replace [gallery] in a text by its pictures.
    return out.toString().replace("[", "&#91;").replace("]", "&#93;");
  }

  private static String text(Content content) {
    return content instanceof SafeHtml(var html) ? WordPressBlocks.of(html) : "";
  }

  private static void heading(StringBuilder out, int level, String text, String anchor) {
    out.append("<!-- wp:heading {\"level\":%d,\"anchor\":\"%s\"} -->\n".formatted(level, anchor));
    out.append(
        "<h%d class=\"wp-block-heading\" id=\"%s\">%s</h%d>\n"
            .formatted(level, anchor, MarkdownToHtml.escaped(text), level));
    out.append("<!-- /wp:heading -->\n\n");
  }

  /** The picture is in the block, because it may have no address of its own. */
  private static void picture(StringBuilder out, Figure picture) {
    out.append("<!-- wp:image {\"sizeSlug\":\"full\"} -->\n");
    out.append(
        "<figure class=\"wp-block-image size-full\"><img src=\"%s\" alt=\"%s\"/></figure>\n"
            .formatted(picture.src(), MarkdownToHtml.escaped(picture.alt())));
    out.append("<!-- /wp:image -->\n\n");
  }

  private static void html(StringBuilder out, String html) {
    out.append("<!-- wp:html -->\n").append(html).append("\n<!-- /wp:html -->\n\n");
  }

  /** Two nested frames: the inner one contains the tool, and the outer one's policy confines it. */
  private static String frame(ToolDocument tool, String name) {
    return FramedTool.frame(name, FramedTool.page(tool, name), " width=\"100%\" height=\"560\"")
        .replace("\n", "&#10;");
  }

  /** WXR 1.2 with one draft: nothing is public before a user reviews it. */
  static String importFile(ArticleFile file) {
    var plan = file.parts().plan();
    var published = file.parts().published();
    return """
        <?xml version="1.0" encoding="UTF-8"?>
        <rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
        <channel>
        <title>Keywheel</title>
        <language>%s</language>
        <wp:wxr_version>1.2</wp:wxr_version>
        <item>
        <title>%s</title>
        <pubDate>%s</pubDate>
        <dc:creator>%s</dc:creator>
        <content:encoded>%s</content:encoded>
        <excerpt:encoded>%s</excerpt:encoded>
        <wp:post_id>1</wp:post_id>
        <wp:post_date>%s</wp:post_date>
        <wp:post_date_gmt>%s</wp:post_date_gmt>
        <wp:comment_status>closed</wp:comment_status>
        <wp:ping_status>closed</wp:ping_status>
        <wp:post_name>%s</wp:post_name>
        <wp:status>draft</wp:status>
        <wp:post_parent>0</wp:post_parent>
        <wp:menu_order>0</wp:menu_order>
        <wp:post_type>post</wp:post_type>
        <wp:postmeta><wp:meta_key>_keywheel_description</wp:meta_key><wp:meta_value>%s</wp:meta_value></wp:postmeta>
        </item>
        </channel>
        </rss>
        """
        .formatted(
            cdata(file.parts().language()),
            cdata(entities(plan.title())),
            RSS_TIME.format(published),
            cdata("keywheel"),
            cdata(blocks(file)),
            cdata(entities(plan.summary())),
            cdata(POST_TIME.format(published)),
            cdata(POST_TIME.format(published)),
            cdata(plan.slug()),
            cdata(plan.metaDescription()));
  }

  /** Escapes a title or an excerpt, because WordPress reads them as HTML. */
  private static String entities(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** A CDATA section: characters that XML forbids are removed, and end markers are split. */
  private static String cdata(String text) {
    return "<![CDATA["
        + text.replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uFFFE\\uFFFF]", "")
            .replace("]]>", "]]]]><![CDATA[>")
        + "]]>";
  }
}
