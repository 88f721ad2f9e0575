package dev.keywheel.article.operation.conversation;

import dev.keywheel.article.operation.conversation.ConversationResult.Ended;
import dev.keywheel.article.operation.conversation.ConversationResult.Failed;
import dev.keywheel.article.operation.conversation.ConversationResult.Halted;
import dev.keywheel.article.operation.conversation.ConversationResult.Usable;
import dev.keywheel.article.operation.conversation.TextOperation.Ask;
import dev.keywheel.article.reply.ReplyCleaner;
import dev.keywheel.db.Sha256;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.ReplyFormat;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Halt;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.AttemptCause;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Asks models on behalf of one operation. Parses the replies, requests the rest of a truncated
 * reply ({@link CallBudget#MAX_CONTINUATIONS}) and the correction of errors, and changes the model
 * when its replies are unusable. {@link ModelCalls} handles failed calls. Used by one thread.
 */
public final class Conversation<V> {
  /** Maximum number of characters of a reply that are sent back to its model. */
  private static final int MAX_ECHO = 6_000;

  /** Time limit of one call; the operation's deadline also limits it. */
  private static final Duration CALL_DEADLINE = Duration.ofSeconds(150);

  private final TextOperation<V> operation;
  private final Prompt prompt;
  private final ModelQueue models;
  private final Caller caller;
  private final ModelCalls calls;
  private final CallBudget budget;
  private final OperationLogMessages operationLogMessages;

  private List<ChatMessage> messages;
  private @Nullable Ask ask;
  private boolean otherModelAsked;
  private @Nullable ParsedReply<V> current;
  private @Nullable ParsedReply<V> best;
  private @Nullable Attempt bestAttempt;

  /**
   * @param first cause of the first call: {@link AttemptCause#FIRST}, or {@link
   *     AttemptCause#RESEND} after an attempt of unknown outcome
   */
  public Conversation(
      TextOperation<V> operation, ModelQueue models, Caller caller, AttemptCause first) {
    this.operation = operation;
    this.prompt = operation.prompt();
    this.models = models;
    this.caller = caller;
    this.messages = prompt.messages();
    this.operationLogMessages = new OperationLogMessages(operation.step());
    this.calls =
        new ModelCalls(
            operation.step(),
            models,
            caller,
            new TextCallBuilder(),
            caller.timeLeft(),
            prompt.maxTokens(),
            first);
    this.budget = calls.budget();
  }

  /** Blocks until the conversation has ended. */
  public ConversationResult<ParsedReply<V>> run() {
    while (true) {
      var end =
          switch (calls.ask()) {
            case Usable<Answer>(var answer, var attempt) -> handleAnswer(answer, attempt);
            case Ended<Answer> ended -> ended(ended);
          };
      if (end != null) {
        return end;
      }
    }
  }

  private ConversationResult<ParsedReply<V>> ended(Ended<Answer> ended) {
    return switch (ended) {
      case Failed<Answer>(var error, var detail) -> best(error, detail);
      case Halted<Answer>(Halt.NoKey noKey) when usable() ->
          best(OperationError.NO_KEY, noKey.why());
      case Halted<Answer> halted -> halted.as();
    };
  }

  /**
   * Continues after {@link #run} with the caller's follow-up prompt, and parses the answer as a
   * correction. Without a correction left in the budget, returns the best reply if it is usable,
   * otherwise {@link OperationError#CALL_BUDGET}.
   */
  public ConversationResult<ParsedReply<V>> correct(ParsedReply<V> parsedReply, String followUp) {
    if (!budget.correctionLeft() || !budget.countCorrection()) {
      return best(OperationError.CALL_BUDGET, "");
    }
    current = parsedReply;
    messages = prompt.followedBy(ReplyCleaner.shortened(parsedReply.text(), MAX_ECHO), followUp);
    ask = Ask.CORRECTION;
    calls.prepareNext(AttemptCause.REASK, List.of(operationLogMessages.reask()));
    return run();
  }

  private final class TextCallBuilder implements ModelCalls.Request {
    @Override
    public CallSpec spec(AttemptCause attemptCause, String model, boolean otherKey) {
      int tokens = calls.maxTokens() + models.reasoningTokens();
      var format = models.format(schemaName(), prompt.schema());
      var asked = messages;
      return new CallSpec(
          attemptCause,
          model,
          tokens,
          tokens / 2,
          requestHash(model, asked, format),
          otherKey,
          (provider, key, maxTokens, left) ->
              provider.chat(
                  key,
                  new ChatRequest(
                      model,
                      asked,
                      maxTokens,
                      prompt.temperature(),
                      format,
                      left.compareTo(CALL_DEADLINE) < 0 ? left : CALL_DEADLINE)));
    }

    @Override
    public boolean canWeaken() {
      return models.canWeaken(schemaName(), prompt.schema());
    }

    /** Restarts from the initial prompt; the best reply so far is kept. */
    @Override
    public void newModel() {
      messages = prompt.messages();
      ask = null;
      current = null;
    }
  }

  /** Equal requests are recognized by their hash, although requests are not stored. */
  private static String requestHash(String model, List<ChatMessage> messages, ReplyFormat format) {
    var text = new StringBuilder(model).append('\n').append(format.getClass().getSimpleName());
    messages.forEach(m -> text.append('\n').append(m.role()).append('\n').append(m.text()));
    return Sha256.hex(text.toString());
  }

  private String schemaName() {
    return operation.step().name().toLowerCase(Locale.ROOT);
  }

  /** Parses an answer. Returns null if the conversation continues. */
  private @Nullable ConversationResult<ParsedReply<V>> handleAnswer(
      Answer answer, Attempt attempt) {
    var before = current;
    var parsedReply =
        ask == null || before == null
            ? operation.read(answer.text(), answer.cut())
            : operation.with(before, answer.text(), answer.cut(), ask);
    current = parsedReply;
    if (best == null || operation.better(parsedReply, best)) {
      best = parsedReply;
      bestAttempt = attempt;
    }
    if (parsedReply.good()) {
      return new Usable<>(parsedReply, attempt);
    }
    if (!parsedReply.cut()) {
      caller.markUnusable(attempt);
    }
    return next(parsedReply, answer, attempt);
  }

  private @Nullable ConversationResult<ParsedReply<V>> next(
      ParsedReply<V> parsedReply, Answer answer, Attempt attempt) {
    if (parsedReply.cut() && budget.countContinuation()) {
      calls.prepareNext(
          AttemptCause.CONTINUATION,
          operationLogMessages.cut(parsedReply.errors().size(), answer.usage().completionTokens()));
      requestFollowUp(
          Ask.REST,
          ReplyCleaner.shortened(operation.tail(parsedReply), MAX_ECHO),
          operation.rest(parsedReply));
      return null;
    }
    if (parsedReply.value() == null && ReplyCleaner.isRefusal(parsedReply.text())) {
      return changeModel(ModelFailure.REFUSED, attempt);
    }
    if (budget.countCorrection()) {
      caller.log(List.of(operationLogMessages.invalid(parsedReply.errors())));
      calls.prepareNext(AttemptCause.REASK, List.of(operationLogMessages.reask()));
      requestFollowUp(
          Ask.CORRECTION,
          ReplyCleaner.shortened(parsedReply.text(), MAX_ECHO),
          operation.correction(parsedReply));
      return null;
    }
    caller.log(List.of(operationLogMessages.invalid(parsedReply.errors())));
    return usable() ? askOtherModel(attempt) : changeModel(ModelFailure.UNUSABLE_ANSWER, attempt);
  }

  /** Asks one other model after a failed correction. Returns null if the conversation continues. */
  private @Nullable ConversationResult<ParsedReply<V>> askOtherModel(Attempt attempt) {
    var kept = best;
    if (otherModelAsked || kept == null) {
      return best(OperationError.INVALID, "");
    }
    var end = calls.nextModel(ModelFailure.ERRORS_LEFT, attempt);
    if (end != null) {
      return end instanceof Halted<Answer> ? ended(end) : best(OperationError.INVALID, "");
    }
    otherModelAsked = true;
    messages = operation.forAnotherModel(kept);
    ask = Ask.CORRECTION;
    current = kept;
    return null;
  }

  private void requestFollowUp(Ask kind, String echo, String followUp) {
    messages = prompt.followedBy(echo, followUp);
    ask = kind;
  }

  private @Nullable ConversationResult<ParsedReply<V>> changeModel(
      ModelFailure failure, Attempt attempt) {
    var end = calls.nextModel(failure, attempt);
    return end == null ? null : ended(end);
  }

  private boolean usable() {
    var parsedReply = best;
    var value = parsedReply == null ? null : parsedReply.value();
    return parsedReply != null
        && value != null
        && operation.remainder(value, parsedReply.errors()).usable();
  }

  /** The best reply when it is usable, otherwise the failure. */
  private ConversationResult<ParsedReply<V>> best(OperationError error, String detail) {
    if (best != null && bestAttempt != null && usable()) {
      return new Usable<>(best, bestAttempt);
    }
    var errors = best == null ? List.<String>of() : best.errors();
    if (errors.isEmpty()) {
      return new Failed<>(error, detail);
    }
    var unusable =
        "Its answer could not be used: "
            + String.join(" ", errors.subList(0, Math.min(3, errors.size())));
    return new Failed<>(error, detail.isEmpty() ? unusable : detail + " " + unusable);
  }
}
