package dev.keywheel.article.operation.conversation;

import static dev.keywheel.article.operation.conversation.TeaForTwo.ARTICLE_REQUEST;
import static dev.keywheel.article.operation.conversation.TeaForTwo.CHECKS;
import static dev.keywheel.article.operation.conversation.TeaForTwo.PLAN;
import static dev.keywheel.article.operation.conversation.TeaForTwo.TOOL;
import static dev.keywheel.article.operation.conversation.TeaForTwo.plan;
import static dev.keywheel.article.operation.conversation.TeaForTwo.planOf;
import static dev.keywheel.article.operation.conversation.TeaForTwo.text;
import static dev.keywheel.article.operation.conversation.TeaForTwo.tool;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.plan.MetaOperation;
import dev.keywheel.article.operation.tool.ToolOperation;
import dev.keywheel.article.operation.tool.ValidatorOperation;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.judge.ToolAssessment;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which replies with a plan, a tool or a review are accepted, repaired, continued and corrected.
 */
class OperationRepliesTest {
  // Operation 1: plan

  @Test
  void a_valid_plan_has_no_errors_and_gets_generated_ids() {
    var parsedReply = new MetaOperation(ARTICLE_REQUEST).read(PLAN, false);
    assertThat(parsedReply.errors()).isEmpty();
    var plan = Objects.requireNonNull(parsedReply.value());
    assertThat(plan.slug()).isEqualTo("tea-for-two-measured-and-timed");
    assertThat(plan.headings().map(PagePlan.Heading::id).toList())
        .isEqualTo(List.of("s1-1", "s1-2", "s2-1", "s2-2"));
    assertThat(plan.section1().headings().get(1).anchor()).isEqualTo("s1-2-choosing-a-pot");
    assertThat(plan.faq().getFirst().text())
        .as("ends with a question mark")
        .isEqualTo("How long does it stand?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"Choosing a pot\"|\"What leaves give you\"|say the same",
        "\"size for two cups\",\"clay against glass\"|\"tannins and time\",\"water that is too"
            + " hot\"|share most of their points",
        "\"title\":\"Tea for Two, Measured and Timed\",|\"x\":\"\",|\"title\" is missing",
        "\"inputs\":[{\"id\":\"cups\",\"label\":\"Cups to"
            + " fill\",\"type\":\"number\",\"example\":\"2\"}]|\"inputs\":[]|needs a name, at least"
            + " one input",
        "\"outputs\":[{\"id\":\"grams\",\"label\":\"Grams of leaves\"}]|\"outputs\":[]|at least one"
            + " output",
        "\"How long does it stand\",|\"\",|\"faq\" needs 4 to 8 questions; it has 3",
        "\"size for two cups\",\"clay against glass\"|\"size for two cups\"|\"Choosing a pot\""
            + " needs 2 to 5",
        ",{\"set\":{\"cups\":\"4\"},\"expect\":[{\"output\":\"grams\",\"number\":10}]}|''|\"tool\""
            + " needs 2 to 5 \"tests\"",
        "[\"tea\",\"kettle\",\"leaves\"]|[\"tea\"]|\"keywords\" must contain 3 to 12",
      })
  void each_fault_of_a_plan_is_an_error_for_the_model(String what, String by, String error) {
    var found = errorsOfPlan(what, by);
    assertThat(found.stream().anyMatch(e -> e.contains(error))).as(found::toString).isTrue();
  }

  private static List<String> errorsOfPlan(String what, String by) {
    assertThat(PLAN.contains(what)).as(what).isTrue();
    return new MetaOperation(ARTICLE_REQUEST).read(PLAN.replace(what, by), false).errors();
  }

  @Test
  void a_section_of_one_heading_and_a_plan_in_another_language_are_errors() {
    var one = PLAN.replaceAll("(?s),\\s*\\{\"text\":\"Choosing a pot\".*?\\}\\]\\}", "]}");
    assertThat(
            new MetaOperation(ARTICLE_REQUEST)
                .read(one, false)
                .errors()
                .getFirst()
                .contains("\"section_1\" needs at least 2"))
        .isTrue();
    var german = new ArticleRequest("Tee", "de", "x", "y", Length.SHORT, List.of(), "", true);
    assertThat(
            new MetaOperation(german)
                .read(PLAN, false)
                .errors()
                .contains("The plan is in English, not in German."))
        .isTrue();
  }

  @Test
  void an_automatically_repaired_fault_is_not_an_error() {
    var long70 = "Tea for Two, Measured and Timed, Poured and Praised, Then Washed and Dried";
    var description =
        "One sentence that is long enough to stand alone here and says what the page is about, in"
            + " earnest. "
            + "More of it. ".repeat(12);
    var untidy =
        PLAN.replace("Tea for Two, Measured and Timed", long70)
            .replaceAll(
                "\"meta_description\":\"[^\"]*\"", "\"meta_description\":\"" + description + "\"")
            .replace(
                "{\"text\":\"Choosing a pot\"",
                "{\"text\":\"Conclusion\",\"points\":[\"a\",\"b\"]},{\"text\":\"How to use the Leaf"
                    + " scale\",\"points\":[\"a\",\"b\"]},{\"text\":\"What the leaves"
                    + " give\",\"points\":[\"c\",\"d\"]},{\"text\":\"1. Choosing a pot\"")
            .replace(",\"words\":60", "");
    var parsedReply =
        new MetaOperation(ARTICLE_REQUEST)
            .read("Sure! Here:\n```json\n" + untidy + ",\n```", false);
    assertThat(parsedReply.errors()).isEmpty();
    var plan = Objects.requireNonNull(parsedReply.value());
    assertThat(plan.title())
        .isEqualTo("Tea for Two, Measured and Timed, Poured and Praised, Then Washed");
    assertThat(plan.metaDescription().length() <= 165 && plan.metaDescription().endsWith("."))
        .as(plan::metaDescription)
        .isTrue();
    assertThat(plan.section1().headings().stream().map(PagePlan.Heading::text).toList())
        .isEqualTo(List.of("What the leaves give", "Choosing a pot"));
    assertThat(plan.section1().headings().getFirst().words())
        .as("600 words shared by two headings")
        .isEqualTo(300);
    assertThat(parsedReply.warnings().size() >= 5).as(parsedReply.warnings()::toString).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Summary judgment: when a court decides early|true",
        "FAQ pages and how search engines read them|true",
        "Conclusions that the numbers allow|true",
        "Using the Leaf scale for coffee goes wrong|true",
        "What is a tannin|true",
        "Conclusion|false",
        "Summary: what to keep in mind|false",
        "In summary|false",
        "FAQs|false",
        "Frequently asked questions about tea|false",
        "What is the Leaf scale?|false",
        "How to use the Leaf scale step by step|false",
      })
  void only_a_heading_covered_by_another_part_is_dropped(String heading, boolean stays) {
    var plan =
        planOf(
            PLAN.replace(
                "{\"text\":\"Choosing a pot\"",
                "{\"text\":\""
                    + heading
                    + "\",\"points\":[\"a\",\"b\"]},{\"text\":\"Choosing a pot\""));
    assertThat(plan.headings().anyMatch(h -> h.text().equals(heading))).isEqualTo(stays);
  }

  // Operations 2 and 3: tool and review

  @Test
  void only_a_reply_without_a_tool_is_corrected() {
    var operation = new ToolOperation(ARTICLE_REQUEST, plan(), "");
    assertThat(operation.read("```html\n" + TOOL + "\n```", false).errors()).isEmpty();
    assertThat(operation.read("I would rather not.", false).errors())
        .isEqualTo(List.of("It contains no HTML document."));
    assertThat(
            operation
                .read(TOOL.replaceAll("(?s)<script>.*</script>", ""), false)
                .errors()
                .contains("There is no script."))
        .isTrue();
    assertThat(
            operation
                .read(TOOL.replace("e=>{", "e=>{{"), false)
                .errors()
                .getFirst()
                .startsWith("The script is incomplete"))
        .isTrue();
    var found = operation.read(TOOL.replace("<h1>", "<iframe></iframe><h1>"), false);
    assertThat(found.errors()).as("left to the reviewer").isEmpty();
    assertThat(found.warnings().getFirst().startsWith("T03"))
        .as(found.warnings()::toString)
        .isTrue();
  }

  @Test
  void a_tool_without_the_planned_ids_is_corrected() {
    var operation = new ToolOperation(ARTICLE_REQUEST, plan(), "");
    var renamed = TOOL.replace("\"cups\"", "\"amount\"");
    assertThat(operation.read(renamed, false).errors()).as("its label is the plan's").isEmpty();
    var strange = renamed.replace(">Cups to fill<", ">How many<");
    var errors = operation.read(strange, false).errors();
    assertThat(errors.size()).as(errors::toString).isEqualTo(1);
    assertThat(errors.getFirst().endsWith("not in the document: cups."))
        .as(errors::toString)
        .isTrue();
  }

  @Test
  void a_truncated_tool_continues_from_its_last_characters() {
    var operation = new ToolOperation(ARTICLE_REQUEST, plan(), "");
    int at = TOOL.indexOf("preventDefault") + 5;
    var cut = operation.read("```html\n" + TOOL.substring(0, at), true);
    assertThat(cut.cut()).isTrue();
    assertThat(operation.tail(cut).length() <= 600 && operation.tail(cut).endsWith("preve"))
        .isTrue();
    var joined =
        operation.with(cut, TOOL.substring(at - 40) + "\n```", false, TextOperation.Ask.REST);
    assertThat(joined.good()).as(joined.errors()::toString).isTrue();
    var value = Objects.requireNonNull(joined.value());
    assertThat(value.html().contains("e.preventDefault();document")).as(value.html()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|0|''",
        "''|40|/```",
        "```html/|0|/```",
        "```html/|40|''",
        "Sure, continuing from where I stopped:///```html/|40|/```/Done; all = well.",
        "Sure, continuing from where I stopped://```html/|0|/```",
        "Here is the rest of <html>:/```html/|40|/```",
        "Sure, here is the rest://|40|/```",
      })
  void a_truncated_tool_is_joined_despite_text_before_the_continuation(
      String before, int overlap, String after) {
    var operation = new ToolOperation(ARTICLE_REQUEST, plan(), "");
    int at = TOOL.indexOf("preventDefault") + 5;
    var cut = operation.read("```html\n" + TOOL.substring(0, at), true);
    var reply = before.replace('/', '\n') + TOOL.substring(at - overlap) + after.replace('/', '\n');
    var joined = operation.with(cut, reply, false, TextOperation.Ask.REST);
    assertThat(joined.good()).as(joined.errors()::toString).isTrue();
    assertThat(joined.value())
        .as("the same document")
        .isEqualTo(operation.read(TOOL, false).value());
  }

  @Test
  void a_tool_truncated_before_a_space_keeps_the_space() {
    var operation = new ToolOperation(ARTICLE_REQUEST, plan(), "");
    int at = TOOL.indexOf(" for=");
    var cut = operation.read("```html\n" + TOOL.substring(0, at), true);
    var joined = operation.with(cut, TOOL.substring(at), false, TextOperation.Ask.REST);
    assertThat(joined.value()).isEqualTo(operation.read(TOOL, false).value());
  }

  @Test
  void a_truncated_tool_that_is_restarted_is_replaced() {
    var operation = new ToolOperation(ARTICLE_REQUEST, plan(), "");
    var cut = operation.read("```html\n" + TOOL.substring(0, TOOL.indexOf("preventDefault")), true);
    var restarted =
        operation.with(
            cut, "Here it is, whole:\n```html\n" + TOOL + "\n```", false, TextOperation.Ask.REST);
    assertThat(restarted.good()).as(restarted.errors()::toString).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"verdict\":\"pass\",CHECKS}|true|",
        "{\"verdict\":\"Accepted.\",CHECKS}|true|",
        "{\"review\":{\"Verdict\":\"pass\",CHECKS}}|true|",
        "{\"verdict\":\"pass\",\"checks\":[]}|true|needs at least two cases",
        "{\"verdict\":\"fixed\",CHECKS}|true|missing or not finished",
        "{\"verdict\":\"perhaps\"}|false|must be pass, fixed or reject",
        "no|false|contains no ```json fence",
      })
  void a_verdict_is_parsed_or_corrected(String reply, boolean usable, String error) {
    var toolAssessment = new ToolAssessment(tool(), List.of(), BrowserCheck.notRun("no"));
    var parsedReply =
        new ValidatorOperation(ARTICLE_REQUEST, plan(), toolAssessment)
            .read(reply.replace("CHECKS", CHECKS), false);
    assertThat(parsedReply.value() != null).isEqualTo(usable);
    assertThat(parsedReply.errors().isEmpty())
        .as(parsedReply.errors()::toString)
        .isEqualTo(error == null);
    assertThat(error == null || parsedReply.errors().getFirst().contains(error))
        .as(parsedReply.errors()::toString)
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({"pass, false", "reject, false", "fixed, true"})
  void only_a_truncated_correction_of_a_tool_is_continued(String verdict, boolean continued) {
    var operation =
        new ValidatorOperation(
            ARTICLE_REQUEST,
            plan(),
            new ToolAssessment(tool(), List.of(), BrowserCheck.notRun("no")));
    var json = "```json\n{\"verdict\":\"" + verdict + "\"," + CHECKS + "}\n```\n```html\n";
    var cut = operation.read(json + TOOL.substring(0, TOOL.length() / 2), true);
    assertThat(cut.value().corrected()).isNull();
    assertThat(cut.cut()).isEqualTo(continued);
    assertThat(cut.good()).as(cut.errors()::toString).isEqualTo(!continued);
  }

  // Order of replies

  @Test
  void replies_are_ordered_by_errors_completeness_warnings_and_length() {
    var useless = ParsedReply.<String>useless("long ".repeat(50), false, List.of(), "no");
    var wrong = draft(List.of("e"), List.of(), false, "long text");
    var cut = draft(List.of(), List.of(), true, "long text");
    var odd = draft(List.of(), List.of("w"), false, "long text");
    var shorter = draft(List.of(), List.of(), false, "text");
    var best = draft(List.of(), List.of(), false, "long text");
    var order = List.of(useless, wrong, cut, odd, shorter, best);
    for (int i = 0; i < order.size(); i++) {
      for (int j = 0; j < order.size(); j++) {
        assertThat(order.get(i).betterThan(order.get(j))).as(i + " " + j).isEqualTo(j < i);
      }
    }
    assertThat(useless.value()).isNull();
    assertThat(best.value()).isNotNull();
  }

  private static ParsedReply<String> draft(
      List<String> errors, List<String> warnings, boolean cut, String text) {
    return new ParsedReply<>("x", errors, warnings, List.of(), cut, text);
  }
}
