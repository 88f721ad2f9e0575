package dev.keywheel.article.plan;

import java.util.List;
import java.util.stream.Stream;

/**
 * The plan of a page. Ids and anchors are generated, so contents and headings always agree.
 *
 * @param slug short form of the title, for file names and URLs
 * @param metaDescription description for search engines, at most 320 characters
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

  public record Section(String title, List<Heading> headings) {}

  /**
   * A heading and its block.
   *
   * @param id {@code s1-1}: marker of its block
   * @param anchor {@code s1-1-how-it-works}: its id in the page
   * @param words planned number of words
   */
  public record Heading(String id, String anchor, String text, List<String> points, int words) {}

  /** A question of the FAQ. Its id is {@code q1}, {@code q2} and so on. */
  public record Question(String id, String text) {}

  /** The prompt for the picture, and its alternative text. */
  public record ImageBrief(String prompt, String alt) {}

  public PagePlan withHeadings(
      List<Heading> headings1, List<Heading> headings2, List<Question> questions) {
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

  public PagePlan withSlug(String otherSlug) {
    return new PagePlan(
        title,
        otherSlug,
        metaDescription,
        primaryKeyword,
        keywords,
        summary,
        section1,
        section2,
        faq,
        tool,
        image);
  }

  /** The same page with another text for one heading or question; its anchor stays. */
  public PagePlan renamed(String id, String text) {
    return withHeadings(
        renamed(section1.headings(), id, text),
        renamed(section2.headings(), id, text),
        faq.stream().map(q -> q.id().equals(id) ? new Question(id, text) : q).toList());
  }

  private static List<Heading> renamed(List<Heading> headings, String id, String text) {
    return headings.stream()
        .map(h -> h.id().equals(id) ? new Heading(id, h.anchor(), text, h.points(), h.words()) : h)
        .toList();
  }

  public Section section(int number) {
    return number == 1 ? section1 : section2;
  }

  public Stream<Heading> headings() {
    return Stream.concat(section1.headings().stream(), section2.headings().stream());
  }
}
