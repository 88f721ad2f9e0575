package dev.keywheel.article.page;

import dev.keywheel.article.text.WritingSystem;
import gg.jte.Content;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The model of {@code articles/body.jte}: everything a reader sees, in order. The template escapes
 * text fields; {@link Content} is HTML that passed the allow-list.
 *
 * @param language for the {@code lang} attribute
 * @param lead the summary under the title; may be empty
 * @param minutes reading time in minutes
 * @param reviewed when a user approved the article; null for a draft
 * @param author may be empty
 * @param picture null when there is none yet
 * @param tool null when the article has no tool
 * @param guide null when there is no guide
 * @param sections sections that have text
 * @param faq null when no question is answered
 */
public record ArticleBody(
    String language,
    String title,
    String lead,
    Instant published,
    int minutes,
    @Nullable Instant reviewed,
    String author,
    @Nullable Figure picture,
    List<Entry> contents,
    @Nullable ToolPlace tool,
    @Nullable Part guide,
    List<Part> sections,
    @Nullable Faq faq) {

  /** The text direction, for the {@code dir} attribute: {@code ltr} or {@code rtl}. */
  public String direction() {
    return WritingSystem.direction(language);
  }

  /** The fixed texts in the article's language. */
  public PageMessages messages() {
    return PageMessages.of(language);
  }

  /** A date in the format of the article's language. */
  public String date(Instant at) {
    return PageMessages.date(at, language);
  }

  /** Who reviewed the article, or when if no author is set, or that it is not reviewed. */
  public String review() {
    if (reviewed == null) {
      return messages().notReviewed();
    }
    return author.isEmpty()
        ? messages().reviewedOn().replace("%s", date(reviewed))
        : messages().reviewedBy().replace("%s", author);
  }

  /** A picture and its size in pixels. */
  public record Figure(String src, String alt, int width, int height) {}

  /** An entry of the contents and the entries below it. */
  public record Entry(String anchor, String text, List<Entry> below) {}

  /**
   * The tool's frame: either {@code src} or {@code srcdoc} is not null.
   *
   * @param height in pixels until the frame reports its own
   */
  public record ToolPlace(
      String anchor,
      String name,
      String purpose,
      @Nullable String src,
      @Nullable String srcdoc,
      int height) {}

  /** A second-level heading with blocks; a block without heading text continues the part. */
  public record Part(String anchor, String title, List<Block> blocks) {}

  /**
   * A third-level heading and its text.
   *
   * @param id the block's id among the texts of its part
   */
  public record Block(String id, String anchor, String title, Content html) {}

  /** The questions that have answers. */
  public record Faq(String anchor, String title, List<Answer> answers) {}

  public record Answer(String anchor, String question, Content html) {}
}
