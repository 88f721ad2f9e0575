package dev.keywheel.article.operation.conversation;

import static dev.keywheel.article.operation.conversation.TeaForTwo.ARTICLE_REQUEST;
import static dev.keywheel.article.operation.conversation.TeaForTwo.CHECKS;
import static dev.keywheel.article.operation.conversation.TeaForTwo.TOOL;
import static dev.keywheel.article.operation.conversation.TeaForTwo.plan;
import static dev.keywheel.article.operation.conversation.TeaForTwo.tool;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.conversation.TextOperation.Ask;
import dev.keywheel.article.operation.tool.ValidatorOperation;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.judge.ToolAssessment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Replies of the validator that are not complete. */
class CutVerdictTest {
  private final ValidatorOperation operation =
      new ValidatorOperation(
          ARTICLE_REQUEST,
          plan(),
          new ToolAssessment(tool(), List.of(), BrowserCheck.notRun("no")));

  @Test
  void a_verdict_that_was_cut_inside_its_json_is_not_accepted_with_fewer_issues() {
    var json =
        "{\"verdict\":\"pass\","
            + CHECKS
            + ",\"issues\":[{\"problem\":\"first\"},{\"problem\":\"second\"}]}";
    var start = "```json\n" + json.substring(0, json.indexOf(",{"));
    var cut = operation.read(start, true);
    assertThat(cut.good()).isFalse();
    assertThat(cut.cut()).isTrue();
    assertThat(operation.rest(cut)).contains("Send the complete output again");

    var again = operation.with(cut, "```json\n" + json + "\n```", false, Ask.REST);
    assertThat(again.good()).as(again.errors()::toString).isTrue();
    assertThat(again.value().issues()).hasSize(2);
    assertThat(operation.read(start, false).good()).as("ended by the model").isTrue();
  }

  @Test
  void a_correction_without_test_cases_keeps_those_of_the_reply_before() {
    var first = operation.read("{\"verdict\":\"pass\"," + CHECKS + "}", false);
    var fixed = "```json\n{\"verdict\":\"fixed\"}\n```\n```html\n";
    var corrected = operation.with(first, fixed + TOOL + "\n```", false, Ask.CORRECTION);
    assertThat(corrected.good()).as(corrected.errors()::toString).isTrue();
    assertThat(corrected.value().checks()).isEqualTo(first.value().checks());
    assertThat(corrected.value().corrected()).isNotNull();
  }

  @Test
  void the_rest_of_a_document_does_not_replace_missing_test_cases() {
    var fixed = "```json\n{\"verdict\":\"fixed\"}\n```\n```html\n";
    var cut = operation.read(fixed + TOOL.substring(0, TOOL.length() / 2), true);
    var whole = operation.with(cut, "```html\n" + TOOL + "\n```", false, Ask.REST);
    assertThat(whole.value().corrected()).isNotNull();
    assertThat(whole.errors()).hasSize(1).first().asString().contains("\"checks\"");
  }

  @Test
  void missing_test_cases_are_requested_once_and_only_for_a_tool_without_errors() {
    var reply = "{\"verdict\":\"pass\"}";
    var first = operation.read(reply, false);
    assertThat(first.errors()).hasSize(1).first().asString().contains("\"checks\"");
    var again = operation.with(first, reply, false, Ask.CORRECTION);
    assertThat(again.good()).as(again.errors()::toString).isTrue();
    assertThat(again.warnings()).isEqualTo(first.errors());

    var error = Finding.error("H09", 0, "The output is wrong.");
    var wrong = new ToolAssessment(tool(), List.of(error), BrowserCheck.notRun("no"));
    var review = new ValidatorOperation(ARTICLE_REQUEST, plan(), wrong).read(reply, false);
    assertThat(review.good()).as(review.errors()::toString).isTrue();
    assertThat(review.warnings()).isEqualTo(first.errors());
  }
}
