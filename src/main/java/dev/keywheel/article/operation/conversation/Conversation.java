package dev.keywheel.article.operation.conversation;

import dev.keywheel.article.operation.conversation.TextOperation.Ask;
import dev.keywheel.article.reply.ReplyCleaner;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.rotation.Attempt;
import dev.keywheel.rotation.AttemptCause;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The conversation of one operation with models: asks, reads, has a cut text continued and errors
 * put right, and changes the model when one is of no use. What fails before there is an answer is
 * the business of {@link ModelCalls}. Used by one thread.
 */
public final class Conversation<V> {
  /** Longest part of a reply that is sent back to its author, in characters. */
  private static final int ECHO = 6_000;

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
  private boolean otherAuthor;
  private @Nullable ParsedReply<V> present;
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
            new Asking(),
            caller.left(),
            prompt.maxTokens(),
            first);
    this.budget = calls.budget();
  }

  /** The whole conversation. */
  public ConversationResult<V> talk() {
    while (true) {
      var end =
          switch (calls.ask()) {
            case ModelCalls.Reply.Answered(var answer, var attempt) -> answered(answer, attempt);
            case ModelCalls.Reply other -> given(other);
          };
      if (end != null) {
        return end;
      }
    }
  }

  /** What the conversation comes to when no further answer is to be had. */
  private ConversationResult<V> given(ModelCalls.Reply reply) {
    return switch (reply) {
      case ModelCalls.Reply.Ended(var code, var why) -> ended(code, why);
      case ModelCalls.Reply.Stopped(CallResult.NoKey noKey) when best != null ->
          ended("no_key", noKey.why());
      case ModelCalls.Reply.Stopped(var result) -> new ConversationResult.Stopped<V>(result);
      case ModelCalls.Reply.Answered _ -> throw new IllegalStateException("An answer is read");
    };
  }

  /**
   * Goes on after {@link #talk} with a question of the caller's, when a correction is left; the
   * answer is read as a correction.
   *
   * @return the draft after that, which may be the same
   */
  public ConversationResult<V> correct(ParsedReply<V> parsedReply, String question) {
    if (!budget.correctionLeft() || !budget.correction()) {
      return ended("call_budget", "No correction is left.");
    }
    present = parsedReply;
    messages = prompt.followedBy(ReplyCleaner.shortened(parsedReply.text(), ECHO), question);
    ask = Ask.CORRECTION;
    calls.next(AttemptCause.REASK, List.of(operationLogMessages.reask()));
    return talk();
  }

  private final class Asking implements ModelCalls.Request {
    @Override
    public CallSpec spec(AttemptCause attemptCause, String model, boolean otherKey) {
      int tokens = calls.maxTokens() + models.reserve();
      var format = models.format(schemaName(), prompt.schema());
      var asked = messages;
      return new CallSpec(
          attemptCause,
          model,
          tokens,
          tokens / 2,
          RequestHash.of(model, asked, format),
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

    /** From the first question; the best draft so far is kept. */
    @Override
    public void newModel() {
      messages = prompt.messages();
      ask = null;
      present = null;
    }
  }

  private String schemaName() {
    return operation.step().name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Null when the conversation goes on. */
  private @Nullable ConversationResult<V> answered(Answer answer, Attempt attempt) {
    var before = present;
    var parsedReply =
        ask == null || before == null
            ? operation.read(answer.text(), answer.cut())
            : operation.with(before, answer.text(), answer.cut(), ask);
    present = parsedReply;
    if (best == null || parsedReply.betterThan(best)) {
      best = parsedReply;
      bestAttempt = attempt;
    }
    if (parsedReply.good()) {
      return new ConversationResult.Given<>(parsedReply, attempt);
    }
    if (!parsedReply.cut()) {
      caller.invalid(attempt);
    }
    return next(parsedReply, answer, attempt);
  }

  private @Nullable ConversationResult<V> next(
      ParsedReply<V> parsedReply, Answer answer, Attempt attempt) {
    if (parsedReply.cut() && budget.continuation()) {
      calls.next(
          AttemptCause.CONTINUATION,
          operationLogMessages.cut(parsedReply.errors().size(), answer.usage().completionTokens()));
      ask(
          Ask.REST,
          ReplyCleaner.shortened(operation.tail(parsedReply), ECHO),
          operation.rest(parsedReply));
      return null;
    }
    if (parsedReply.value() == null && ReplyCleaner.refusal(parsedReply.text())) {
      return unusable(ModelFailure.REFUSED, attempt);
    }
    if (budget.correction()) {
      caller.note(List.of(operationLogMessages.invalid(parsedReply.errors())));
      calls.next(AttemptCause.REASK, List.of(operationLogMessages.reask()));
      ask(
          Ask.CORRECTION,
          ReplyCleaner.shortened(parsedReply.text(), ECHO),
          operation.correction(parsedReply));
      return null;
    }
    caller.note(List.of(operationLogMessages.invalid(parsedReply.errors())));
    return usable() ? otherAuthor(attempt) : unusable(ModelFailure.UNUSABLE_ANSWER, attempt);
  }

  /** The correction was no use: the next model is asked, once; the best so far is built upon. */
  private @Nullable ConversationResult<V> otherAuthor(Attempt attempt) {
    var kept = best;
    if (otherAuthor || kept == null || calls.nextModel(ModelFailure.ERRORS_LEFT, attempt) != null) {
      return ended("invalid", "");
    }
    otherAuthor = true;
    messages = operation.anew(kept);
    ask = Ask.CORRECTION;
    present = kept;
    return null;
  }

  private void ask(Ask kind, String echo, String question) {
    messages = prompt.followedBy(echo, question);
    ask = kind;
  }

  private @Nullable ConversationResult<V> unusable(ModelFailure failure, Attempt attempt) {
    var end = calls.nextModel(failure, attempt);
    return end == null ? null : given(end);
  }

  private boolean usable() {
    var parsedReply = best;
    var value = parsedReply == null ? null : parsedReply.value();
    return parsedReply != null
        && value != null
        && operation.remainder(value, parsedReply.errors()).usable();
  }

  private ConversationResult<V> ended(String code, String why) {
    if (best != null && bestAttempt != null && usable()) {
      return new ConversationResult.Given<>(best, bestAttempt);
    }
    var errors = best == null ? List.<String>of() : best.errors();
    var reason =
        errors.isEmpty()
            ? why
            : (why.isEmpty() ? "" : why + " ")
                + "Its answer could not be used: "
                + String.join(" ", errors.subList(0, Math.min(3, errors.size())));
    return new ConversationResult.Failed<>(code, reason);
  }
}
