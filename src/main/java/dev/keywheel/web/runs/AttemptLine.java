package dev.keywheel.web.runs;

import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.run.AttemptState;
import dev.keywheel.time.DurationText;
import dev.keywheel.web.page.NumberFormats;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.function.Function;

/**
 * One call to the provider on a run's page.
 *
 * @param why the reason for the call
 * @param answer the result
 * @param good whether the response was usable
 * @param replyHref URL of the raw response; empty if there is none
 * @param meaning explanation of a call that may have been billed without an answer; empty for all
 *     others
 */
public record AttemptLine(
    int no,
    String why,
    String keyName,
    String keyHref,
    String model,
    String answer,
    boolean good,
    String duration,
    String tokens,
    String cost,
    String replyHref,
    String meaning) {

  static AttemptLine of(
      String runPath, AttemptView attempt, Function<String, Optional<ModelInfo>> offers) {
    return new AttemptLine(
        attempt.no(),
        attempt.cause().label(),
        attempt.keyName(),
        "/keys/" + attempt.keyId(),
        attempt.model(),
        OutcomeText.sentence(attempt.state(), attempt.httpStatus(), attempt.outcome()),
        attempt.state() == AttemptState.OK,
        attempt.latencyMs() == null ? "" : DurationText.ofMillis(attempt.latencyMs()),
        tokens(attempt),
        cost(attempt.cost()),
        attempt.state() == AttemptState.SENT ? "" : replyPath(runPath, attempt),
        meaning(attempt, offers));
  }

  static String replyPath(String runPath, AttemptView attempt) {
    return runPath + "/attempts/" + attempt.id() + "/reply";
  }

  private static String meaning(AttemptView attempt, Function<String, Optional<ModelInfo>> offers) {
    boolean unknown = attempt.state() == AttemptState.UNKNOWN;
    if (!unknown && !OutcomeText.brokenOff(attempt.outcome())) {
      return "";
    }
    return (unknown
            ? "The run was interrupted while this call was in flight, so its answer was not received. "
            : "Its answer was not received completely. ")
        + "The provider may have completed it and charged for it. "
        + CostBound.sentence(attempt, offers.apply(attempt.model()));
  }

  private static String tokens(AttemptView attempt) {
    var prompt = attempt.promptTokens();
    var completion = attempt.completionTokens();
    return prompt == null && completion == null
        ? ""
        : NumberFormats.grouped(zero(prompt))
            + " in, "
            + NumberFormats.grouped(zero(completion))
            + " out";
  }

  private static long zero(@org.jspecify.annotations.Nullable Integer number) {
    return number == null ? 0 : number;
  }

  private static String cost(@org.jspecify.annotations.Nullable BigDecimal cost) {
    return cost == null || cost.signum() == 0 ? "" : NumberFormats.dollars(cost);
  }
}
