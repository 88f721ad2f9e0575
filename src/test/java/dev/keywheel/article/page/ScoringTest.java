package dev.keywheel.article.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keywheel.article.page.Quality.Group;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.PagePlan.ImageBrief;
import dev.keywheel.article.plan.PagePlan.Section;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.text.Markdown.Links;
import dev.keywheel.article.tool.BrowserCheck;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the measuring of an article finds in its text. */
class ScoringTest {
  private static Quality quality(String language, String markdown) {
    var heading = new Heading("s1-1", "s1-1-tips", "Tips", List.of("one", "two"), 60);
    var plan =
        new PagePlan(
            "How to Split a Bill",
            "split",
            "",
            "bill",
            List.of(),
            "",
            new Section("What and how", List.of(heading)),
            new Section("Choices", List.of()),
            List.of(),
            new ToolBrief("", "", "", List.of(), List.of(), "", List.of()),
            new ImageBrief("", ""));
    var text = new ArticleParts.Text(new Texts(Map.of("s1-1", markdown)), Links.DROPPED);
    var none = ArticleParts.Text.NONE;
    var parts =
        new ArticleParts(
            language,
            plan,
            null,
            none,
            text,
            none,
            none,
            false,
            "",
            Instant.EPOCH,
            Instant.EPOCH,
            null,
            Publication.NONE);
    return Scoring.of(parts, List.of(), List.of(), BrowserCheck.notRun("no"));
  }

  private static Group safety(String markdown) {
    return quality("en", markdown).groups().getLast();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Visit www.evil.example today.|an address: www.evil.example",
        "See https://evil.example/a.|an address: https://evil.example/a.",
        "Write to bob.b@evil.example today.|an e-mail address: bob.b@evil.example",
        "Call +1-800-555-0199 now.|a telephone number: +1-800-555-0199",
        "Call 1-800-555-0199 now.|a telephone number: 1-800-555-0199",
        "Call (555) 010-9999 now.|a telephone number: (555) 010-9999",
        "Call 0800 123 456 now.|a telephone number: 0800 123 456",
      })
  void an_invented_way_to_reach_somebody_is_named_and_costs(String text, String named) {
    assertEquals(
        new Group("Safety", 0, 5, List.of("The text contains " + named + ".")), safety(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "The years 1990-2000 cost 800 123 a day, or +5 to +10.",
        "Type a name such as ann@example.com there.",
        "The `<p>` tag and the word <tax>.",
        "It is 1,234.50 - 2,000.75 on 2024-05-06.",
      })
  void what_only_looks_alike_costs_nothing(String text) {
    assertEquals(new Group("Safety", 5, 5, List.of()), safety(text));
  }

  @Test
  void html_shown_as_text_is_named_and_costs() {
    assertEquals(
        new Group("Safety", 0, 5, List.of("The text shows HTML tags as text: </p>")),
        safety("To split a bill well.</p>"));
  }
}
