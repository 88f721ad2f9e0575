package dev.keywheel.article.operation.conversation;

import static dev.keywheel.article.operation.conversation.TeaForTwo.WISHES;
import static dev.keywheel.article.operation.conversation.TeaForTwo.plan;
import static dev.keywheel.article.operation.conversation.TeaForTwo.tool;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.tool.ValidatorOperation;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.judge.ToolAssessment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A reply of the validator that ends inside its verdict. */
class CutVerdictTest {
  @Test
  void a_verdict_that_was_cut_inside_its_json_is_not_accepted_with_fewer_issues() {
    var operation =
        new ValidatorOperation(
            WISHES, plan(), new ToolAssessment(tool(), List.of(), BrowserCheck.notRun("no")));
    var json =
        "{\"verdict\":\"pass\",\"issues\":[{\"problem\":\"first\"},{\"problem\":\"second\"}]}";
    var start = "```json\n" + json.substring(0, json.indexOf(",{"));
    var cut = operation.read(start, true);
    assertThat(cut.good()).isFalse();
    assertThat(cut.cut()).isTrue();
    assertThat(operation.rest(cut)).contains("Send the complete output again");

    var again = operation.with(cut, "```json\n" + json + "\n```", false, TextOperation.Ask.REST);
    assertThat(again.good()).as(again.errors()::toString).isTrue();
    assertThat(again.value().issues()).hasSize(2);
    assertThat(operation.read(start, false).good()).as("ended by the model").isTrue();
  }
}
