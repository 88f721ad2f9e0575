package dev.keywheel.article.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.page.Quality.Check;
import dev.keywheel.article.page.Quality.Group;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.PagePlan.ImageBrief;
import dev.keywheel.article.plan.PagePlan.Section;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.tool.BrowserCheck;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The measures of an article's text. */
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
    var text = new ArticleParts.Text(new Texts(Map.of("s1-1", markdown)), Set.of());
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

  @Test
  void a_keyword_is_found_in_turkish_whatever_the_case_of_its_i() {
    for (var text : List.of("BİLL ödemek.", "Bill ödemek.", "bill ödemek.")) {
      assertThat(quality("tr", text).groups().get(5).notes())
          .as(text)
          .doesNotContain("The main keyword is not in the text.");
      assertThat(quality("tr", text).measures())
          .contains(new Quality.Measure("Main keyword", "1 time"));
    }
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void a_text_of_nothing_but_numbers_is_a_claim() {
    for (var text : List.of("12 ".repeat(6_000), "1".repeat(20_000) + "x 100")) {
      assertThat(quality("en", text).check()).as("%.20s", text).hasSize(1);
    }
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
        "Write to bob.b@evil.example today.|an email address: bob.b@evil.example",
        "Call +1-800-555-0199 now.|a telephone number: +1-800-555-0199",
        "Call 1-800-555-0199 now.|a telephone number: 1-800-555-0199",
        "Call (555) 010-9999 now.|a telephone number: (555) 010-9999",
        "Call 0800 123 456 now.|a telephone number: 0800 123 456",
      })
  void an_invented_contact_is_reported_and_lowers_the_score(String text, String named) {
    assertThat(safety(text))
        .isEqualTo(new Group("Safety", 0, 5, List.of("The text contains " + named + ".")));
  }

  @Test
  void a_contact_with_very_many_parts_is_reported() {
    assertThat(safety("See " + "www.".repeat(2_000) + "x and a@b" + ".bc".repeat(2_000)))
        .isEqualTo(
            new Group(
                "Safety",
                0,
                5,
                List.of(
                    "The text contains an address: " + "www.".repeat(11) + "www.",
                    "The text contains an email address: a@b" + ".bc".repeat(11) + ".")));
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
  void text_that_only_resembles_a_contact_does_not_lower_the_score(String text) {
    assertThat(safety(text)).isEqualTo(new Group("Safety", 5, 5, List.of()));
  }

  @Test
  void html_shown_as_text_is_reported_and_lowers_the_score() {
    assertThat(safety("To split a bill well.</p>"))
        .isEqualTo(new Group("Safety", 0, 5, List.of("The text shows HTML tags as text: </p>")));
  }

  private static List<String> toCheck(String language, String markdown) {
    return quality(language, markdown).check().stream().map(Check::sentence).toList();
  }

  @Test
  void a_long_claim_with_a_different_end_is_another_claim() {
    var start = "In 1998 the rate rose to 4 percent" + " and it stayed there".repeat(12);
    var before = quality("en", start + " until 2001.").check().getFirst();
    var after = quality("en", start + " until 2009.").check().getFirst();
    assertThat(after.sentence()).isEqualTo(before.sentence());
    assertThat(after.key()).isNotEqualTo(before.key());
  }

  @Test
  void exactly_the_sentences_with_a_claim_are_listed_for_checking() {
    var claims =
        List.of(
            "Tax rose from 4 to 7 in most states.",
            "Amazon and Tesla accept it.",
            "The fee is 12 euros.",
            "Ask Einstein, who said it first.",
            "In 1998 it changed.",
            "It costs 4.50 at Starbucks.",
            "Albert Einstein wrote it down.",
            "Paris has 3 such rules.",
            "The Eiffel Tower was built in March.",
            "It grew by 12 percent.",
            "About three million people do it.",
            "The law of 5 May was changed.",
            "It takes two hours.",
            "There are 412 bridges.",
            "It has cost $5 ever since.");
    var others =
        List.of(
            "Add the tip before you divide.",
            "Go to step 2 and press the button.",
            "If 2 people share it, each pays half.",
            "On Monday everybody pays.",
            "We said: Divide it.",
            "One of them pays for all.");
    var text = String.join(" ", others) + "\n\n" + String.join(" ", claims);
    assertThat(toCheck("en", text)).isEqualTo(claims);
  }

  @Test
  void a_table_cell_is_listed_with_its_row_and_no_sentence_twice() {
    assertThat(
            toCheck(
                "en",
                "In 1998 it changed. Well.\n\n"
                    + "| City | Fee |\n"
                    + "|---|---|\n"
                    + "| Berlin | 4.50 |\n"
                    + "| Paris | 12 % |\n\n"
                    + "In 1998 it changed."))
        .isEqualTo(List.of("In 1998 it changed.", "Berlin | 4.50", "Paris | 12 %"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "de|Der Teig braucht die Hefe und das Mehl aus Berlin.|false",
        "de|Am 5. Mai wurde das Gesetz geändert.|true",
        "de|Es kostet 4,50 Euro.|true",
        "fr|Le magasin Carrefour les vend.|true",
        "fr|Il faut partager la note.|false",
        "es|Subió del 4 al 7 por ciento.|true",
        "ja|料金は1998年に変わりました。|true",
        "ja|水を入れます。|false",
        "ar|تغير القانون في ١٩٩٨.|true",
        "ru|Об этом писал Толстой.|true",
      })
  void claims_in_other_languages_are_found_by_the_rules_of_the_language(
      String language, String sentence, boolean listed) {
    assertThat(toCheck(language, sentence)).isEqualTo(listed ? List.of(sentence) : List.of());
  }

  @Test
  void years_are_listed_before_small_numbers_when_there_are_too_many_claims() {
    var small = IntStream.range(0, 30).mapToObj(i -> "Rule " + word(i) + " has 3 parts.");
    var large = IntStream.range(0, 30).mapToObj(i -> "Law " + word(i) + " is of 1998.");
    var checks = toCheck("en", Stream.concat(small, large).collect(Collectors.joining("\n\n")));
    assertThat(checks.size()).isEqualTo(30);
    assertThat(checks.stream().allMatch(c -> c.contains("1998"))).as(checks::toString).isTrue();
  }

  private static String word(int i) {
    return "x" + (char) ('a' + i % 26) + (char) ('a' + i / 26);
  }
}
