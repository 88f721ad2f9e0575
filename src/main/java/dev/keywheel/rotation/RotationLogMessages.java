package dev.keywheel.rotation;

import dev.keywheel.db.BoundedText;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.StatusChange;
import dev.keywheel.log.LogLine;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.Seat;
import dev.keywheel.time.DurationText;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lines of the execution log about calls and keys. Programs parse them. */
final class RotationLogMessages {
  private static final int LONGEST_QUOTE = 200;

  private RotationLogMessages() {}

  static LogLine rotating(CallContext context, Seat seat) {
    int ordinal = context.ordinal();
    var place =
        ordinal <= context.operations()
            ? "operation " + ordinal + "/" + context.operations()
            : "operation " + ordinal + (context.plan().cyclesBack(ordinal) ? ", cycles back" : "");
    return LogLine.info("key.rotate", "🔄 Rotating to key: " + seat.keyName() + " (" + place + ")")
        .withOperation(ordinal, seat.keyId())
        .with("key", seat.keyName())
        .with("of", context.operations());
  }

  static LogLine executing(CallContext context, Attempt attempt) {
    return LogLine.info(
            "op.executing",
            "🔄 Executing %s with key: %s (Round-Robin #%s)"
                .formatted(context.name(), attempt.keyName(), context.ordinal()))
        .withOperation(context.ordinal(), attempt.keyId())
        .with("name", context.name())
        .with("key", attempt.keyName())
        .with("model", attempt.model())
        .with("attempt", attempt.no());
  }

  /**
   * @param unusable why the key was replaced before a call with it; empty when such a call led to
   *     the replacement
   */
  static LogLine replacement(
      CallContext context, Seat seat, String was, Optional<String> unusable) {
    return LogLine.info(
            "key.replacement",
            "🔁 Found replacement: "
                + seat.keyName()
                + " for "
                + context.name()
                + " (was "
                + was
                + unusable.map(why -> ", " + why).orElse("")
                + ")")
        .withOperation(context.ordinal(), seat.keyId())
        .with("from", was)
        .with("to", seat.keyName())
        .with("before_call", unusable.isPresent());
  }

  static LogLine stopping(int calls) {
    return LogLine.warn(
            "run.stopping",
            "⏹️ Stopping: finishing %s %s; the run continues after the next start"
                .formatted(calls, calls == 1 ? "call" : "calls"))
        .with("calls", calls);
  }

  static LogLine answered(CallContext context, Attempt attempt, CallOutcome.Answer answer) {
    int tokens = answer.usage().promptTokens() + answer.usage().completionTokens();
    return LogLine.info(
            "call.answered",
            "📨 "
                + context.name()
                + ": answer from "
                + answer.model()
                + " after "
                + DurationText.ofMillis(answer.latencyMs())
                + (tokens == 0 ? "" : String.format(Locale.ROOT, ", %,d tokens", tokens))
                + (answer.cut() ? ", cut at the token limit" : ""))
        .withOperation(context.ordinal(), attempt.keyId())
        .with("attempt", attempt.no())
        .with("ms", answer.latencyMs())
        .with("tokens", tokens)
        .with("cost", answer.usage().cost());
  }

  static LogLine error(CallContext context, Attempt attempt, CallOutcome outcome) {
    var line =
        LogLine.warn(
                "op.error",
                "⚠️ Error in %s with key %s: %s"
                    .formatted(context.name(), attempt.keyName(), OutcomeText.sentence(outcome)))
            .withOperation(context.ordinal(), attempt.keyId())
            .with("attempt", attempt.no())
            .with("model", attempt.model())
            .with("outcome", OutcomeText.code(outcome))
            .with("rule", outcome.evidence().rule())
            .with("seen", shortened(outcome.evidence().seen()));
    var status = outcome.evidence().httpStatus();
    return status == null ? line : line.with("http", status);
  }

  /**
   * @param until time of the next check; null when unknown
   */
  static LogLine marked(
      CallContext context, Attempt attempt, String status, @Nullable Instant until) {
    return LogLine.warn(
            "key.marked",
            "⛔ Key "
                + attempt.keyName()
                + " marked as "
                + status
                + (until == null ? "" : " until " + LogLine.time(until)))
        .withOperation(context.ordinal(), attempt.keyId())
        .with("status", status);
  }

  static LogLine marked(CallContext context, Attempt attempt, StatusChange change) {
    if (change.from() != change.to() || change.until() == null) {
      return marked(context, attempt, change.to().code(), change.until());
    }
    return LogLine.warn(
            "key.noted",
            "🏷️ Key "
                + attempt.keyName()
                + " stays "
                + change.to().code()
                + ", with a limit ("
                + (change.reason() == null ? "works" : change.reason().code())
                + ") until "
                + LogLine.time(change.until()))
        .withOperation(context.ordinal(), attempt.keyId());
  }

  static LogLine confirmed(CallContext context, Attempt attempt) {
    return LogLine.info(
            "key.confirmed",
            "🔎 Key %s was refused and passes the key check: trying it once more"
                .formatted(attempt.keyName()))
        .withOperation(context.ordinal(), attempt.keyId());
  }

  static LogLine passedOver(CallContext context, Attempt attempt, String why) {
    return LogLine.warn(
            "key.passed_over", "⏭️ Key " + attempt.keyName() + " is left out of this run: " + why)
        .withOperation(context.ordinal(), attempt.keyId());
  }

  /**
   * @param refused how the key was refused, as a participle such as "refused again"
   */
  static LogLine refusedThoughGood(CallContext context, Attempt attempt, String refused) {
    return LogLine.warn(
            "key.passed_over",
            "⏭️ Key %s is not used for now: %s, though it passes the check"
                .formatted(attempt.keyName(), refused))
        .withOperation(context.ordinal(), attempt.keyId());
  }

  static String exclusionReason(ModelFailures.Evidence evidence) {
    return "%s calls in a row failed while keys of %s other accounts were answered."
        .formatted(evidence.failures(), evidence.others());
  }

  static LogLine excluded(CallContext context, Attempt attempt, Instant until, String because) {
    return LogLine.warn(
            "key.set_aside",
            ("🚧 Key %s is skipped for model %s until %s: %s It stays in use for other"
                    + " models.")
                .formatted(attempt.keyName(), attempt.model(), LogLine.time(until), because))
        .withOperation(context.ordinal(), attempt.keyId())
        .with("model", attempt.model())
        .with("until", until.toString());
  }

  static LogLine fewerTokens(CallContext context, Attempt attempt, int tokens) {
    return LogLine.info(
            "call.cheaper",
            String.format(
                Locale.ROOT,
                "🪙 Credit of key %s allows fewer tokens: %s requests %,d%s",
                attempt.keyName(),
                context.name(),
                tokens,
                attempt.maxTokens() == 0
                    ? ""
                    : String.format(Locale.ROOT, " instead of %,d", attempt.maxTokens())))
        .withOperation(context.ordinal(), attempt.keyId());
  }

  static LogLine poolPaused(CallContext context, PoolPause pause) {
    return LogLine.error(
            "keys.paused",
            "⏸️ The pool is paused until " + LogLine.time(pause.until()) + ": " + pause.reason())
        .withOperation(context.ordinal())
        .with("until", pause.until().toString());
  }

  static LogLine noKey(CallContext context, Instant nextTry, String why) {
    return LogLine.warn(
            "key.none",
            "⏳ " + context.name() + " waits, next try at " + LogLine.time(nextTry) + ": " + why)
        .withOperation(context.ordinal())
        .with("next_at", nextTry.toString());
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_QUOTE ? text : BoundedText.start(text, LONGEST_QUOTE) + "…";
  }
}
