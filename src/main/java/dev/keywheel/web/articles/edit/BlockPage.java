package dev.keywheel.web.articles.edit;

import dev.keywheel.article.edit.BlockEditor;
import dev.keywheel.article.edit.TextDiff;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.text.MarkdownToHtml.Links;
import dev.keywheel.article.text.SafeHtml;
import dev.keywheel.web.articles.ArticlePage;
import dev.keywheel.web.articles.PartPage;
import dev.keywheel.web.form.Fields;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The form for one block of an article.
 *
 * @param name the name of the article
 * @param now the saved block
 * @param fields {@code based_on}, {@code heading_before}, {@code heading} and {@code text}
 */
public record BlockPage(UUID article, String name, BlockEditor.Block now, Fields fields) {
  /** Estimated number of characters per line of the text field. */
  private static final int CHARACTERS_PER_LINE = 70;

  static BlockPage of(UUID article, String name, BlockEditor.Block now, Fields sent) {
    var heading = now.heading() == null ? "" : now.heading();
    var fields =
        Fields.none()
            .with("based_on", now.version())
            .with("heading_before", heading)
            .with("heading", heading)
            .with("text", now.text());
    return new BlockPage(article, name, now, fields.overlaidWith(sent));
  }

  static String path(UUID article, PartName part, String block) {
    return PartPage.path(article, part) + "/blocks/" + block;
  }

  public String path() {
    return path(article, now.part(), now.id());
  }

  public String articlePath() {
    return ArticlePage.path(article);
  }

  public String sourcePath() {
    return PartPage.path(article, now.part());
  }

  /** Id of the element with the block on the page of the article. */
  public String place() {
    return "block-" + now.part().code() + "-" + now.id();
  }

  /** Label of the first field. */
  public String headingLabel() {
    return now.part() == PartName.FAQ ? "Question" : "Heading";
  }

  /** Height of the text field in lines, estimated from its text; from 5 to 24. */
  public int rows() {
    var text = fields.value("text");
    return Math.clamp(
        text.lines().mapToInt(line -> 1 + line.length() / CHARACTERS_PER_LINE).sum() + 1, 5, 24);
  }

  /** Why the typed text has no preview; null if it has one. */
  public @Nullable String tooLong() {
    return BlockEditor.tooLong(typed());
  }

  /** Whether the form differs from the saved block. */
  public boolean changed() {
    var heading = now.heading();
    return !typed().equals(now.text())
        || (heading != null && !heading.equals(fields.value("heading").strip()));
  }

  public SafeHtml preview() {
    return SafeHtml.of(typed(), Links.KEPT);
  }

  public List<TextDiff.Piece> changes() {
    return TextDiff.words(saved(), withHeading(fields.value("heading").strip(), typed()));
  }

  private String saved() {
    return withHeading(now.heading() == null ? "" : now.heading(), now.text());
  }

  private String withHeading(String heading, String text) {
    return now.heading() == null ? text : heading + "\n\n" + text;
  }

  private String typed() {
    return fields.value("text").replace("\r\n", "\n").strip();
  }
}
