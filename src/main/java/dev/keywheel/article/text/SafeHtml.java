package dev.keywheel.article.text;

import gg.jte.Content;
import gg.jte.TemplateOutput;

/** HTML that has passed the allow-list of {@link Markdown} and stands in a template as it is. */
public record SafeHtml(String html) implements Content {

  /** The markdown as safe HTML. */
  public static SafeHtml of(String markdown, Markdown.Links links) {
    return new SafeHtml(Markdown.html(markdown, links));
  }

  @Override
  public void writeTo(TemplateOutput output) {
    output.writeContent(html);
  }
}
