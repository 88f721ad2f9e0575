package dev.keywheel.article.operation;

import dev.keywheel.article.operation.TextOperation.Ask;
import dev.keywheel.article.reply.Reply;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Cause;
import dev.keywheel.rotation.SentAttempt;
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
  private final Notes notes;

  private List<ChatMessage> messages;
  private @Nullable Ask ask;
  private boolean otherAuthor;
  private @Nullable Draft<V> present;
  private @Nullable Draft<V> best;
  private @Nullable SentAttempt bestAttempt;

  /**
   * @param first cause of the first call: {@link Cause#FIRST}, or {@link Cause#RESEND} after an
   *     attempt of unknown outcome
   */
  public Conversation(TextOperation<V> operation, ModelQueue models, Caller caller, Cause first) {
    this.operation = operation;
    this.prompt = operation.prompt();
    this.models = models;
    this.caller = caller;
    this.messages = prompt.messages();
    this.notes = new Notes(operation.step());
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
  public Talked<V> talk() {
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
  private Talked<V> given(ModelCalls.Reply reply) {
    return switch (reply) {
      case ModelCalls.Reply.Ended(var code, var why) -> ended(code, why);
      case ModelCalls.Reply.Stopped(CallResult.NoKey noKey) when best != null ->
          ended("no_key", noKey.why());
      case ModelCalls.Reply.Stopped(var result) -> new Talked.Stopped<V>(result);
      case ModelCalls.Reply.Answered _ -> throw new IllegalStateException("An answer is read");
    };
  }

  /**
   * Goes on after {@link #talk} with a question of the caller's, when a correction is left; the
   * answer is read as a correction.
   *
   * @return the draft after that, which may be the same
   */
  public Talked<V> correct(Draft<V> draft, String question) {
    if (!budget.correctionLeft() || !budget.correction()) {
      return ended("call_budget", "No correction is left.");
    }
    present = draft;
    messages = prompt.followedBy(Reply.shortened(draft.text(), ECHO), question);
    ask = Ask.CORRECTION;
    calls.next(Cause.REASK, List.of(notes.reask()));
    return talk();
  }

  private final class Asking implements ModelCalls.Request {
    @Override
    public CallSpec spec(Cause cause, String model, boolean otherKey) {
      int tokens = calls.maxTokens() + models.reserve();
      var format = models.format(schemaName(), prompt.schema());
      var asked = messages;
      return new CallSpec(
          cause,
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
  private @Nullable Talked<V> answered(Answer answer, SentAttempt attempt) {
    var before = present;
    var draft =
        ask == null || before == null
            ? operation.read(answer.text(), answer.cut())
            : operation.with(before, answer.text(), answer.cut(), ask);
    present = draft;
    if (best == null || draft.betterThan(best)) {
      best = draft;
      bestAttempt = attempt;
    }
    if (draft.good()) {
      return new Talked.Given<>(draft, attempt);
    }
    if (!draft.cut()) {
      caller.invalid(attempt);
    }
    return next(draft, answer, attempt);
  }

  private @Nullable Talked<V> next(Draft<V> draft, Answer answer, SentAttempt attempt) {
    if (draft.cut() && budget.continuation()) {
      calls.next(
          Cause.CONTINUATION, notes.cut(draft.errors().size(), answer.usage().completionTokens()));
      ask(Ask.REST, Reply.shortened(operation.tail(draft), ECHO), operation.rest(draft));
      return null;
    }
    if (draft.value() == null && Reply.refusal(draft.text())) {
      return unusable("refused", attempt);
    }
    if (budget.correction()) {
      caller.note(List.of(notes.invalid(draft.errors())));
      calls.next(Cause.REASK, List.of(notes.reask()));
      ask(Ask.CORRECTION, Reply.shortened(draft.text(), ECHO), operation.correction(draft));
      return null;
    }
    caller.note(List.of(notes.invalid(draft.errors())));
    return usable() ? otherAuthor(attempt) : unusable("gave nothing that can be used", attempt);
  }

  /** The correction was no use: the next model is asked, once; the best so far is built upon. */
  private @Nullable Talked<V> otherAuthor(SentAttempt attempt) {
    var kept = best;
    if (otherAuthor || kept == null || calls.unusable("left errors", attempt) != null) {
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

  private @Nullable Talked<V> unusable(String why, SentAttempt attempt) {
    var end = calls.unusable(why, attempt);
    return end == null ? null : given(end);
  }

  private boolean usable() {
    var draft = best;
    var value = draft == null ? null : draft.value();
    return draft != null && value != null && operation.remainder(value, draft.errors()).usable();
  }

  private Talked<V> ended(String code, String why) {
    if (best != null && bestAttempt != null && usable()) {
      return new Talked.Given<>(best, bestAttempt);
    }
    var errors = best == null ? List.<String>of() : best.errors();
    var reason =
        errors.isEmpty()
            ? why
            : (why.isEmpty() ? "" : why + " ")
                + "Its answer could not be used: "
                + String.join(" ", errors.subList(0, Math.min(3, errors.size())));
    return new Talked.Failed<>(code, reason);
  }
}
