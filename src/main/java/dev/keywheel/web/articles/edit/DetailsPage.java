package dev.keywheel.web.articles.edit;

import dev.keywheel.article.edit.DetailsEditor.CurrentDetails;
import dev.keywheel.article.plan.Slug;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.web.articles.ArticlePage;
import dev.keywheel.web.form.Fields;
import java.util.UUID;

/**
 * The form for the fields of an article, with a preview of its search result.
 *
 * @param name the name of the article
 * @param site base URL of the published articles; empty if it is not set
 */
public record DetailsPage(UUID article, String name, String site, Fields fields) {
  /** Number of characters of a title that search engines usually show. */
  private static final int SHOWN_TITLE = 60;

  private static final int SHOWN_DESCRIPTION = 160;

  static DetailsPage of(UUID article, String name, String site, CurrentDetails now, Fields sent) {
    var details = now.details();
    var fields =
        Fields.none()
            .with("based_on", now.version())
            .with("title", details.title())
            .with("summary", details.summary())
            .with("description", details.description())
            .with("slug", details.slug())
            .with("keywords", details.keywords())
            .with("section1", details.section1())
            .with("section2", details.section2())
            .with("author_before", details.author())
            .with("author", details.author());
    return new DetailsPage(article, name, site, fields.overlaidWith(sent));
  }

  static String path(UUID article) {
    return ArticlePage.path(article) + "/details";
  }

  public String path() {
    return path(article);
  }

  public String articlePath() {
    return ArticlePage.path(article);
  }

  /** Title as a search engine shows it. */
  public String shownTitle() {
    return shortened(fields.value("title"), SHOWN_TITLE);
  }

  public String shownDescription() {
    return shortened(fields.value("description"), SHOWN_DESCRIPTION);
  }

  /** Address as a search engine shows it. */
  public String shownAddress() {
    var folder = site.isEmpty() ? "your-site.example/" : site.replaceFirst("^https?://", "");
    return folder.replaceFirst("/$", "").replace("/", " › ")
        + " › "
        + Slug.of(fields.value("slug"), "…");
  }

  /** {@code Title: 52 of about 60 characters. Description: 171 of about 160 characters, so …} */
  public String lengths() {
    return "Title: "
        + length("title", SHOWN_TITLE)
        + ". Description: "
        + length("description", SHOWN_DESCRIPTION)
        + ".";
  }

  private String length(String field, int shown) {
    int length = fields.value(field).strip().length();
    return length
        + " of about "
        + shown
        + " characters"
        + (length > shown ? ", so search results may shorten it" : "");
  }

  private static String shortened(String text, int most) {
    var line = TextCleaner.line(text);
    return line.length() <= most ? line : TextCleaner.cut(line, most - 1) + "…";
  }
}
