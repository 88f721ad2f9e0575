package dev.keywheel.article.plan;

import java.util.List;
import java.util.stream.Stream;

/**
 * The whole page before anyone writes it. Ids and anchors are made by code, so contents and
 * headings cannot disagree.
 *
 * @param slug of the title, for file names and addresses
 * @param metaDescription 70 to 165 characters
 * @param summary the lead under the title
 */
public record PagePlan(
    String title,
    String slug,
    String metaDescription,
    String primaryKeyword,
    List<String> keywords,
    String summary,
    Section section1,
    Section section2,
    List<Question> faq,
    ToolBrief tool,
    ImageBrief image) {

  /** One of the two sections. */
  public record Section(String title, List<Heading> headings) {}

  /**
   * A heading and what it owns.
   *
   * @param id {@code s1-1}: marker of its block
   * @param anchor {@code s1-1-how-it-works}: its id in the page
   * @param words how many are to be written
   */
  public record Heading(String id, String anchor, String text, List<String> points, int words) {}

  /** A question of the FAQ; id {@code q1}… */
  public record Question(String id, String text) {}

  /** What the picture is to show, and the words for those who do not see it. */
  public record ImageBrief(String prompt, String alt) {}

  /** The same page with other headings and questions. */
  public PagePlan with(List<Heading> headings1, List<Heading> headings2, List<Question> questions) {
    return new PagePlan(
        title,
        slug,
        metaDescription,
        primaryKeyword,
        keywords,
        summary,
        new Section(section1.title(), headings1),
        new Section(section2.title(), headings2),
        questions,
        tool,
        image);
  }

  public Section section(int number) {
    return number == 1 ? section1 : section2;
  }

  public Stream<Heading> headings() {
    return Stream.concat(section1.headings().stream(), section2.headings().stream());
  }
}
