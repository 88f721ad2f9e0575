package dev.keywheel.article.page;

import dev.keywheel.article.text.WritingSystem;
import gg.jte.Content;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The article as {@code article/body.jte} takes it: everything a reader sees, in order. Text fields
 * are escaped by the template; {@link Content} is HTML that has passed the allow-list.
 *
 * @param language for the {@code lang} attribute
 * @param lead the summary under the title; may be empty
 * @param minutes reading time
 * @param reviewed when a person vouched for it; null for nobody yet. Who it was is not for the
 *     public
 * @param author may be empty
 * @param picture null when there is none yet
 * @param contents the list of contents, made of the same headings as the page
 * @param tool null when the article has no tool
 * @param guide null when there is no guide
 * @param sections those that have text
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

  /** For the {@code dir} attribute: which way the language is written. */
  public String direction() {
    return WritingSystem.direction(language);
  }

  /** What the page itself says, in the article's language. */
  public PageMessages words() {
    return PageMessages.of(language);
  }

  /** A day as the article's language writes it. */
  public String date(Instant at) {
    return PageMessages.date(at, language);
  }

  /** Whether a person has read it: in the name of who stands for it, else with the day. */
  public String review() {
    if (reviewed == null) {
      return words().notReviewed();
    }
    return author.isEmpty()
        ? words().reviewedOn().replace("%s", date(reviewed))
        : words().reviewedBy().replace("%s", author);
  }

  /** A picture with its measures in pixels. */
  public record Figure(String src, String alt, int width, int height) {}

  /** An entry of the contents and the entries below it. */
  public record Entry(String anchor, String text, List<Entry> below) {}

  /**
   * The tool's frame: either {@code src} or {@code srcdoc} is not null.
   *
   * @param height in pixels before the frame has told its own
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

  /** A third-level heading and its text. */
  public record Block(String anchor, String title, Content html) {}

  /** The questions with answers. */
  public record Faq(String anchor, String title, List<Answer> answers) {}

  public record Answer(String anchor, String question, Content html) {}
}
