package dev.keywheel.article;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.OtherUpstream.Request;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.page.Quality.Group;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.view.ArticleView;
import dev.keywheel.article.view.RunView;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunMode;
import dev.keywheel.run.RunState;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A usable but incorrect answer is corrected once, then requested from another model. The run, the
 * page and the score name what is still incorrect.
 */
@Tag("full")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UncorrectedFaultsTest extends RunsOnOtherUpstream {
  private static final String GERMAN =
      "Der Teig ist nicht mit dem Mehl und der Hefe zu verwechseln, wenn es auch für die Küche eine"
          + " Frage von Zeit ist.";

  UncorrectedFaultsTest() {
    super(9);
  }

  private ArticleView article(RunView run) {
    return shop.articles.article(shop.pool.workspace, run.articleId());
  }

  private Group group(RunView run, String name) {
    return Objects.requireNonNull(article(run).quality()).groups().stream()
        .filter(g -> g.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static RunView.OperationView operation(RunView run, Operation operation) {
    return run.operations().get(operation.number() - 1);
  }

  private static List<String> causes(RunView run, Operation operation) {
    return operation(run, operation).attempts().stream().map(a -> a.cause().code()).toList();
  }

  /** Alters all later answers of an operation, with every key and model. */
  private void spoil(Operation operation, UnaryOperator<String> by) {
    upstream.when(
        operation.label(), request -> Answer.of(by.apply(OtherUpstream.usual(request).text())));
  }

  private static String german(Request request) {
    return OtherUpstream.ids(request).stream()
        .map(id -> "@@" + id + "@@\n" + (GERMAN + " Und " + id + ". ").repeat(12))
        .collect(Collectors.joining("\n"));
  }

  private static UnaryOperator<String> replaced(String what, String by) {
    return text -> {
      assertThat(text.contains(what)).as(() -> what + " is not in " + text).isTrue();
      return text.replace(what, by);
    };
  }

  @Test
  void another_model_is_called_after_a_failed_correction() {
    upstream.when(
        Operation.SECTION_1.label(),
        request ->
            request.model().equals(upstream.requests.getFirst().model())
                ? Answer.of(german(request))
                : OtherUpstream.usual(request));
    var run = run();
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED);
    assertThat(causes(run, Operation.SECTION_1))
        .isEqualTo(List.of("first", "reask", "model_change"));
    assertThat(requests(Operation.SECTION_1).stream().map(Request::model).distinct().count())
        .isEqualTo(2);
    assertThat(article(run).gaps()).isEmpty();
    assertThat(
            shop.log(run.id()).stream()
                .anyMatch(l -> l.contains(" left errors, trying ") && l.contains(" kept)")))
        .as(() -> shop.log(run.id()).toString())
        .isTrue();
  }

  @Test
  void another_model_rewrites_only_the_wrong_blocks_and_the_better_ones_are_kept() {
    upstream.when(
        Operation.SECTION_1.label(),
        request -> {
          var usual = OtherUpstream.usual(request).text();
          return switch (requests(Operation.SECTION_1).size()) {
            case 1, 2 ->
                Answer.of(
                    usual.replaceFirst(
                        "(?s)@@s1-2@@.*?(?=\\*\\*@@s1-3|$)",
                        "@@s1-2@@**\n\nAs an AI I have no jar.\n\n"));
            default -> Answer.of("@@s1-2@@\nNot much of it. " + OtherUpstream.prose("x", 200));
          };
        });
    var run = run();
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED);
    var third = requests(Operation.SECTION_1).get(2);
    assertThat(OtherUpstream.ids(third)).isEqualTo(List.of("s1-2"));
    var text = shop.versions.source(shop.pool.workspace, run.articleId(), PartName.SECTION_1, 1);
    assertThat(text.contains("part s1 1.") && text.contains("part s1 3.")).as(text).isTrue();
    assertThat(text.contains("Not much of it.") && !text.contains("As an AI")).as(text).isTrue();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of(
            Operation.SECTION_1,
            replaced("Sourdough starter, part s1 2.", "As an AI I have no jar."),
            "\"Reading the signs of hunger\" says \"As an AI\", which has no place on a page."),
        Arguments.of(
            Operation.FAQ,
            (UnaryOperator<String>)
                _ ->
                    "{\"items\":[{\"id\":\"q1\",\"answer\":\"Yes.\"},{\"id\":\"q2\",\"answer\":\"Yes.\"},{\"id\":\"q3\",\"answer\":\"Yes.\"},{\"id\":\"q4\",\"answer\":\"Yes.\"}]}",
            "The answer to \"Can I use tap water?\" has 1 word; 20 to 160 are allowed."),
        Arguments.of(
            Operation.SECTION_2,
            (UnaryOperator<String>)
                text ->
                    text.replaceAll("(?s)(@@s2-1@@\\*\\*\n\n).*?(?=\\*\\*@@|$)", "$1" + prose()),
            "\"Choosing a ratio for your week\" repeats section 1: \""),
        Arguments.of(
            Operation.GUIDE,
            (UnaryOperator<String>) text -> text.replaceAll("(?s)@@limits@@.*", "That is all."),
            "The guide lacks its note on limits."),
        Arguments.of(
            Operation.META,
            (UnaryOperator<String>)
                text ->
                    text.replaceAll("(?s),\\s*\\{\"text\": \"When nothing rises\".*?\\]\\}", "]}"),
            "Section 2 has only one heading."),
        Arguments.of(
            Operation.META,
            replaced("\"temperature\", \"kinds of flour\"", "\"bubbles\", \"smell and colour\""),
            "\"Water, flour and warmth\" share most of their points."),
        Arguments.of(
            Operation.META,
            replaced("\"Can I use tap water?\", ", ""),
            "The plan has 3 questions; 4 to 8 are required."),
        Arguments.of(
            Operation.META,
            replaced("\"points\": [\"cold rooms\", \"tired cultures\"], ", ""),
            "The plan says too little about \"When nothing rises\"."));
  }

  private static String prose() {
    return OtherUpstream.prose("s1-1", 260) + "\n\n";
  }

  @ParameterizedTest
  @MethodSource("faults")
  void uncorrected_faults_are_named_by_the_run_on_the_page_and_in_its_score(
      Operation operation, UnaryOperator<String> fault, String named) {
    spoil(operation, fault);
    var run = run();
    assertThat(operation(run, operation).state())
        .as(run::reason)
        .isEqualTo(OperationState.DEGRADED);
    assertThat(causes(run, operation)).isEqualTo(List.of("first", "reask", "model_change"));
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED_WITH_GAPS);
    assertThat(run.gaps().stream().anyMatch(g -> g.contains(named)))
        .as(run.gaps()::toString)
        .isTrue();
    var gaps = article(run).gaps();
    assertThat(gaps.stream().anyMatch(g -> g.contains(named))).as(gaps::toString).isTrue();
    var completeness = group(run, "Completeness");
    assertThat(completeness.points() < 20).as(completeness::toString).isTrue();
    assertThat(completeness.notes()).isEqualTo(gaps);
    assertThat(run.calls() <= 24).as(() -> run.calls() + " calls").isTrue();
  }

  @Test
  void a_section_in_another_language_is_one_gap_and_loses_the_points_of_all_its_blocks() {
    upstream.when(Operation.SECTION_1.label(), request -> Answer.of(german(request)));
    var run = run();
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED_WITH_GAPS);
    assertThat(run.gaps().getFirst().startsWith("Section 1 is in German, not in English."))
        .as(run.gaps()::toString)
        .isTrue();
    assertThat(article(run).gaps().getFirst()).isEqualTo("Section 1 is in German, not in English.");
    assertThat(group(run, "Completeness").points()).isEqualTo(8);
    var attempt = operation(run, Operation.SECTION_1).attempts().getFirst();
    assertThat(
            shop.runs
                .reply(shop.pool.workspace, run.id(), attempt.id())
                .text()
                .contains("Der Teig"))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"zh", "ar", "ru", "th"})
  void a_model_that_always_answers_in_english_leaves_gaps(String language) {
    var run = shop.generate(ArticleWorkshop.form(language, RunMode.PARALLEL, Map.of()));
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED_WITH_GAPS);
    var name = java.util.Locale.of(language).getDisplayLanguage(java.util.Locale.ENGLISH);
    var gaps = article(run).gaps();
    for (var part : List.of("The plan", "The guide", "Section 1", "Section 2", "The FAQ")) {
      assertThat(gaps.contains(part + " is in English, not in " + name + "."))
          .as(() -> part + ": " + gaps)
          .isTrue();
    }
    assertThat(group(run, "Completeness").points()).isEqualTo(0);
    assertThat(run.calls() <= 24).as(() -> run.calls() + " calls").isTrue();
  }

  @Test
  void a_page_without_tool_and_guide_is_incomplete() {
    upstream.when(Operation.TOOL.label(), _ -> Answer.of("I would rather not write code."));
    var run = run();
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED_WITH_GAPS);
    assertThat(article(run).gaps())
        .isEqualTo(
            List.of("There is no tool.", "There is no guide, since there is no tool to explain."));
    assertThat(group(run, "Completeness").points()).isEqualTo(12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"SECTION_1", "FAQ", "GUIDE"})
  void an_instruction_about_length_overrides_the_plan(String name) {
    var part = PartName.valueOf(name);
    var article = run().articleId();
    upstream.requests.clear();
    upstream.when(
        Operation.of(part.operation()).label(),
        request ->
            Answer.of(
                switch (part) {
                  case SECTION_1 ->
                      OtherUpstream.ids(request).stream()
                          .map(id -> "@@" + id + "@@\nA few good words on " + id + ".")
                          .collect(Collectors.joining("\n"));
                  case FAQ -> OtherUpstream.usual(request).text().replaceAll("\\. [^\"]*\"", ".\"");
                  default ->
                      OtherUpstream.usual(request)
                          .text()
                          .replaceAll("(?s)(@@(?:intro|what)@@\n[^.]*\\.).*?(?=@@)", "$1\n\n");
                }));
    var id =
        shop.regeneration.regeneratePart(
            article, part, null, "shorter", "", shop.pool.admin, shop.pool.ids.next());
    shop.work(id);
    var again = view(id);
    assertThat(again.state()).as(again::reason).isEqualTo(RunState.COMPLETED);
    assertThat(causes(again, Operation.of(part.operation()))).isEqualTo(List.of("first"));
    assertThat(article(again).gaps()).isEmpty();
    assertThat(group(again, "Completeness").points()).isEqualTo(20);
    if (part == PartName.SECTION_1) {
      assertThat(
              upstream
                  .requests
                  .getFirst()
                  .system()
                  .contains("takes precedence over the number of words"))
          .as(upstream.requests.getFirst()::system)
          .isTrue();
      // A part regenerated without an instruction is compared with the plan again.
      var plain =
          shop.regeneration.regeneratePart(
              article, part, "s1-1", "", "", shop.pool.admin, shop.pool.ids.next());
      shop.work(plain);
      assertThat(view(plain).state()).isEqualTo(RunState.COMPLETED_WITH_GAPS);
      assertThat(article(again).gaps())
          .isEqualTo(List.of("\"What lives in the jar\" has 7 words; about 240 are required."));
    }
  }

  @Test
  void answers_that_are_too_large_are_named_as_the_reason_for_a_gap() {
    upstream.when(Operation.SECTION_2.label(), _ -> Answer.of("word ".repeat(1_200_000)));
    var run = run();
    var gap = run.gaps().stream().filter(g -> g.startsWith("Section 2")).findFirst().orElseThrow();
    assertThat(gap)
        .contains(
            " models gave an answer that is too large to read: "
                + requests(Operation.SECTION_2).getFirst().model()
                + ", ");
  }

  @Test
  void the_log_announces_no_call_that_is_not_made() {
    // With all their corrections and continuations, these operations would exceed the call limit of
    // a run.
    for (var operation :
        List.of(
            Operation.TOOL,
            Operation.VALIDATOR,
            Operation.SECTION_1,
            Operation.SECTION_2,
            Operation.FAQ)) {
      upstream.when(operation.label(), _ -> Answer.cut("No."));
    }
    var run = run();
    var lines = shop.log(run.id());
    var counts =
        Map.of(
            "reask", lines.stream().filter(l -> l.contains(": asking once more")).count(),
            "continuation", lines.stream().filter(l -> l.contains(", continuing")).count(),
            "model_change", lines.stream().filter(l -> l.contains("🔀 Model ")).count());
    counts.forEach(
        (cause, count) ->
            assertThat(count)
                .as(() -> cause + "\n" + String.join("\n", lines))
                .isPositive()
                .isEqualTo(
                    run.operations().stream()
                        .flatMap(o -> o.attempts().stream())
                        .filter(a -> a.cause().code().equals(cause))
                        .count()));
    assertThat(lines.stream().anyMatch(l -> l.contains("The run has made its 24 calls")))
        .as(() -> String.join("\n", lines))
        .isTrue();
    assertThat(run.gaps().isEmpty()).isFalse();
    assertThat(run.reason()).isNotNull();
  }
}
