package dev.keywheel.article.text;

import gg.jte.Content;
import gg.jte.TemplateOutput;

/** HTML that passed the allow-list of {@link MarkdownToHtml}; templates write it unescaped. */
public record SafeHtml(String html) implements Content {

  public static SafeHtml of(String markdown, MarkdownToHtml.Links links) {
    return new SafeHtml(MarkdownToHtml.html(markdown, links));
  }

  @Override
  public void writeTo(TemplateOutput output) {
    output.writeContent(html);
  }
}
