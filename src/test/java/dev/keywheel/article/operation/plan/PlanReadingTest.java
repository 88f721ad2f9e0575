package dev.keywheel.article.operation.plan;

import static dev.keywheel.article.operation.conversation.TeaForTwo.ARTICLE_REQUEST;
import static dev.keywheel.article.operation.conversation.TeaForTwo.PLAN;
import static dev.keywheel.article.operation.conversation.TeaForTwo.planOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.conversation.ParsedReply;
import dev.keywheel.article.plan.PagePlan;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors that the plan parser reports and repairs. */
class PlanReadingTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\\\"Split\\\": the bill's fair share|\"Split\": the bill's fair share",
        "\\\"Net\\\" versus \\\"gross\\\"|\"Net\" versus \"gross\"",
        "\\\"Net versus gross\\\"|Net versus gross",
        "“The ‘fair’ share of all”|The ‘fair’ share of all",
        "What is meant by “fair”|What is meant by “fair”",
      })
  void only_quotes_around_the_whole_title_are_removed(String typed, String title) {
    assertThat(planOf(PLAN.replace("Tea for Two, Measured and Timed", typed)).title())
        .isEqualTo(title);
  }

  @Test
  void a_plan_after_a_brace_or_another_object_is_found() {
    for (var before : List.of("Here is the plan {as JSON}:\n\n", "{\"thoughts\":\"tea\"}\n")) {
      var parsedReply = new MetaOperation(ARTICLE_REQUEST).read(before + PLAN, false);
      assertThat(parsedReply.good()).as(parsedReply.errors()::toString).isTrue();
    }
  }

  @Test
  void the_correction_of_a_readable_reply_names_the_missing_fields() {
    var operation = new MetaOperation(ARTICLE_REQUEST);
    assertThat(operation.read("{\"title\":\"Short plan\",\"sections\":[]}", false).errors())
        .hasSize(5)
        .allMatch(error -> error.matches("\"(?:section_[12]|tool|faq|keywords)\" .*"));
    assertThat(operation.read("Tea {for two}", false).errors())
        .containsExactly("It contains no readable JSON object.");
    var cut = operation.read("{\"thoughts\":\"tea\"}\n{\"title\":\"T", true);
    assertThat(cut.cut()).as("the rest is requested").isTrue();
  }

  @Test
  void fields_are_found_by_other_forms_of_their_names() {
    var other =
        PLAN.replace("\"title\"", "\"Title\"")
            .replace("meta_description", "metaDescription")
            .replace("primary_keyword", "Primary keyword")
            .replaceAll("section_(\\d)", "section$1")
            .replace("{\"text\":\"Choosing", "{\"heading\":\"Choosing")
            .replace("{\"text\":\"When", "{\"title\":\"When");
    var parsedReply =
        new MetaOperation(ARTICLE_REQUEST).read("{\"page_plan\":" + other + "}", false);
    assertThat(parsedReply.warnings()).isEmpty();
    assertThat(parsedReply.value()).isEqualTo(planOf(PLAN));
  }

  /** Runs work on virtual threads, whose stacks are small. */
  @ParameterizedTest
  @ValueSource(ints = {990, 100_000})
  void a_field_of_many_levels_does_not_overflow_the_stack(int levels) throws Exception {
    String deep = "{\"more\":" + "[".repeat(levels) + "]".repeat(levels) + ",";
    Callable<ParsedReply<PagePlan>> read =
        () -> new MetaOperation(ARTICLE_REQUEST).read(PLAN.replaceFirst("\\{", deep), false);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(threads.submit(read).get().good()).isEqualTo(levels < 1_000);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Section 1: How it works|How it works",
        "Part 2 – How it works|How it works",
        "## 3. How it works|How it works",
        "Section 8 housing|Section 8 housing",
        "Part 1|Part 1",
        "##3. How it works|How it works",
        "3.5 mm jacks and plugs|3.5 mm jacks and plugs",
        "#1 mistake of beginners|#1 mistake of beginners",
        "Question everything: a start|Question everything: a start",
      })
  void the_label_of_a_heading_or_title_is_removed(String typed, String text) {
    var plan =
        planOf(PLAN.replace("How it works", typed).replace("What the leaves give", typed + " now"));
    assertThat(plan.section1().title()).isEqualTo(text);
    assertThat(plan.section1().headings().getFirst().text())
        .isEqualTo(typed.equals("Part 1") ? "Part 1 now" : text + " now");
  }

  @ParameterizedTest
  @CsvSource({"meta_description,summary", "meta_description|summary,title"})
  void the_warning_names_the_source_of_a_missing_description(String missing, String source) {
    var json = PLAN.replaceAll("\"(?:" + missing + ")\":\"[^\"]*\",", "");
    assertThat(new MetaOperation(ARTICLE_REQUEST).read(json, false).warnings())
        .containsExactly("The meta description was missing and was taken from the " + source + ".");
  }

  @Test
  void the_label_of_a_question_is_removed() {
    var plan = planOf(PLAN.replace("Which cup is best?", "Q2: Which cup is best?"));
    assertThat(plan.faq().get(1).text()).isEqualTo("Which cup is best?");
    plan = planOf(PLAN.replace("Which cup is best?", "2.4 GHz or 5 GHz?"));
    assertThat(plan.faq().get(1).text()).isEqualTo("2.4 GHz or 5 GHz?");
    plan = planOf(PLAN.replace("Which cup is best?", "2."));
    assertThat(plan.faq()).extracting(question -> question.text()).doesNotContain("?");
  }

  @Test
  void a_long_description_of_one_sentence_is_shortened_at_a_word() {
    var sentence = "Steeping ".repeat(30).strip() + ".";
    var plan = planOf(PLAN.replaceFirst("(\"meta_description\":\")[^\"]*", "$1" + sentence));
    assertThat(plan.metaDescription())
        .hasSizeLessThanOrEqualTo(165)
        .hasSizeGreaterThan(150)
        .endsWith("Steeping…");
  }
}
