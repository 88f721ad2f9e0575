package dev.keywheel.web.runs;

import dev.keywheel.article.RunView.AttemptView;
import dev.keywheel.web.TimeText;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One call to the provider, in words.
 *
 * @param why what made it necessary
 * @param answer what came of it
 * @param good whether the answer was of use
 * @param replyHref the raw reply; empty while there is none
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
    String replyHref) {

  static AttemptLine of(String runPath, AttemptView attempt) {
    return new AttemptLine(
        attempt.no(),
        why(attempt.cause()),
        attempt.keyName(),
        "/keys/" + attempt.keyId(),
        attempt.model(),
        answer(attempt),
        attempt.state().equals("ok"),
        attempt.latencyMs() == null
            ? ""
            : TimeText.duration(Duration.ofMillis(attempt.latencyMs())),
        tokens(attempt),
        cost(attempt.cost()),
        attempt.state().equals("sent") ? "" : runPath + "/attempts/" + attempt.id() + "/reply");
  }

  private static String why(String cause) {
    return switch (cause) {
      case "first" -> "first call";
      case "replacement" -> "replacement key";
      case "retry" -> "tried again";
      case "model_change" -> "other model";
      case "reask" -> "asked again";
      case "continuation" -> "continued";
      case "resend" -> "sent again, outcome unknown";
      default -> cause.replace('_', ' ');
    };
  }

  private static String answer(AttemptView attempt) {
    var word =
        switch (attempt.state()) {
          case "sent" -> "no answer yet";
          case "ok" -> "answered";
          case "http_error" -> "refused";
          case "timeout" -> "timed out";
          case "cut" -> "cut";
          case "invalid" -> "not usable";
          case "cancelled" -> "cancelled";
          case "unknown" -> "outcome unknown, may be billed";
          default -> attempt.state().replace('_', ' ');
        };
    var status = attempt.httpStatus();
    var detail =
        Stream.of(status == null || status == 200 ? null : status.toString(), attempt.outcome())
            .filter(Objects::nonNull)
            .filter(text -> !text.equalsIgnoreCase("answer"))
            .map(text -> text.replace('_', ' '))
            .collect(Collectors.joining(" "));
    return detail.isEmpty() ? word : word + ": " + detail;
  }

  private static String tokens(AttemptView attempt) {
    var prompt = attempt.promptTokens();
    var completion = attempt.completionTokens();
    return prompt == null && completion == null
        ? ""
        : Numbers.grouped(zero(prompt)) + " in, " + Numbers.grouped(zero(completion)) + " out";
  }

  private static long zero(@org.jspecify.annotations.Nullable Integer number) {
    return number == null ? 0 : number;
  }

  private static String cost(@org.jspecify.annotations.Nullable BigDecimal cost) {
    return cost == null || cost.signum() == 0 ? "" : Numbers.dollars(cost);
  }
}
