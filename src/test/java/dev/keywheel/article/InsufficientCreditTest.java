package dev.keywheel.article;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.OtherUpstream.Request;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunState;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Whole runs with keys of insufficient credit. */
class InsufficientCreditTest extends RunsOnOtherUpstream {
  InsufficientCreditTest() {
    super(7);
  }

  private static Answer canOnlyAfford(int tokens) {
    return new Answer(
        402,
        "This request requires more credits, or fewer max_tokens. You requested up to 65536"
            + " tokens, but can only afford "
            + tokens,
        "");
  }

  @Test
  void seven_keys_that_can_afford_5000_tokens_complete_a_run_with_at_most_20_calls() {
    upstream.refuse(
        request ->
            request.maxTokens() == 0 || request.maxTokens() > 5_000
                ? Optional.of(canOnlyAfford(5_000))
                : Optional.empty());

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.COMPLETED);
    assertThat(upstream.requests).hasSizeLessThanOrEqualTo(20);
    assertThat(
            upstream.requests.stream().filter(a -> a.operation().equals(Operation.IMAGE.label())))
        .extracting(Request::maxTokens)
        .startsWith(0, 4_500);
  }

  @Test
  void an_image_that_no_key_can_pay_for_is_drawn_locally_after_a_few_keys() {
    upstream.refuse(
        request ->
            request.operation().equals(Operation.IMAGE.label())
                ? Optional.of(canOnlyAfford(5_000))
                : Optional.empty());

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.COMPLETED);
    var picture = run.operations().get(Operation.IMAGE.number() - 1);
    assertThat(picture.state()).isEqualTo(OperationState.DEGRADED);
    assertThat(picture.error()).contains("costs more than the keys can pay");
    assertThat(requests(Operation.IMAGE)).as("two calls for each of three keys").hasSize(6);
    assertThat(upstream.requests).hasSizeLessThanOrEqualTo(20);
  }

  @Test
  void a_refusal_that_reports_enough_credit_does_not_repeat_the_call() {
    upstream.refuse(
        request ->
            request.operation().equals(Operation.META.label())
                ? Optional.of(canOnlyAfford(90_000))
                : Optional.empty());

    assertThat(run().state()).isEqualTo(RunState.FAILED);

    assertThat(requests(Operation.META))
        .extracting(request -> request.key() + " " + request.model())
        .doesNotHaveDuplicates()
        .hasSize(9);
  }
}
