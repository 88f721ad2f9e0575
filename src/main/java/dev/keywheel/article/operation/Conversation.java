package dev.keywheel.article.operation;

import dev.keywheel.article.operation.TextOperation.Ask;
import dev.keywheel.article.reply.Reply;
import dev.keywheel.log.LogLine;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Cause;
import dev.keywheel.rotation.SentAttempt;
import dev.keywheel.time.Pause;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The conversation of one operation with models: asks, reads, has a cut text continued and errors
 * put right, and changes the model when one is of no use. Bounded by {@link CallBudget}; keys are
 * the pool's business. Used by one thread.
 */
public final class Conversation<V> {
  /** Longest part of a reply that is sent back to its author, in characters. */
  private static final int ECHO = 6_000;

  private static final Duration CALL_DEADLINE = Duration.ofSeconds(150);

  private final TextOperation<V> operation;
  private final Prompt prompt;
  private final ModelQueue models;
  private final Caller caller;
  private final Pause pause;
  private final CallBudget budget = new CallBudget();
  private final Trials trials;
  private final Notes notes;

  private List<ChatMessage> messages;
  private @Nullable Ask ask;
  private Cause cause;
  private boolean otherKey;
  private boolean otherAuthor;
  private List<LogLine> announced = List.of();
  private @Nullable Draft<V> present;
  private @Nullable Draft<V> best;
  private @Nullable SentAttempt bestAttempt;

  /**
   * @param first cause of the first call: {@link Cause#FIRST}, or {@link Cause#RESEND} after an
   *     attempt of unknown outcome
   */
  public Conversation(
      TextOperation<V> operation, ModelQueue models, Caller caller, Pause pause, Cause first) {
    this.operation = operation;
    this.prompt = operation.prompt();
    this.models = models;
    this.caller = caller;
    this.pause = pause;
    this.cause = first;
    this.messages = prompt.messages();
    this.trials = new Trials(prompt.maxTokens());
    this.notes = new Notes(operation.step());
  }

  /** The whole conversation. */
  public Talked<V> talk() {
    while (true) {
      var exhausted = caller.runExhausted();
      if (exhausted.isPresent()) {
        return ended("run_budget", exhausted.get());
      }
      if (!budget.call()) {
        return ended(
            "call_budget", "It had " + CallBudget.CALLS + " calls and none gave what was needed.");
      }
      announce();
      var end =
          switch (caller.call(spec())) {
            case CallResult.Answered(Answer answer, SentAttempt attempt) ->
                answered(answer, attempt);
            case CallResult.NotKeyRelated(var outcome, var attempt) ->
                trouble(
                    Trouble.of(
                        outcome, trials.tried(models.canWeaken(schemaName(), prompt.schema()))),
                    attempt);
            case CallResult.OutOfTime _ -> ended("deadline", "Its time was up.");
            case CallResult.OutOfCalls(int calls) ->
                ended("call_limit", "It had " + calls + " calls, refusals of keys included.");
            case CallResult.NoKey noKey ->
                best == null ? new Talked.Stopped<V>(noKey) : ended("no_key", noKey.why());
            case CallResult.Cancelled cancelled -> new Talked.Stopped<V>(cancelled);
            case CallResult.Interrupted interrupted -> new Talked.Stopped<V>(interrupted);
            case CallResult.LostRun lost -> new Talked.Stopped<V>(lost);
          };
      if (end != null) {
        return end;
      }
    }
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
    cause = Cause.REASK;
    announced = List.of(notes.reask());
    return talk();
  }

  /** What the next call is for stands in the log when it is made, and only then. */
  private void announce() {
    if (!announced.isEmpty()) {
      caller.note(announced);
      announced = List.of();
    }
  }

  private CallSpec spec() {
    var model = models.present();
    int tokens = trials.maxTokens() + models.reserve();
    var format = models.format(schemaName(), prompt.schema());
    var asked = messages;
    var hash = RequestHash.of(model, asked, format);
    boolean leave = otherKey;
    otherKey = false;
    return new CallSpec(
        cause,
        model,
        tokens,
        tokens / 2,
        hash,
        leave,
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

  private String schemaName() {
    return operation.step().name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Null when the conversation goes on. */
  private @Nullable Talked<V> answered(Answer answer, SentAttempt attempt) {
    trials.answered();
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
      announced = notes.cut(draft.errors().size(), answer.usage().completionTokens());
      ask(
          Ask.REST,
          Cause.CONTINUATION,
          Reply.shortened(operation.tail(draft), ECHO),
          operation.rest(draft));
      return null;
    }
    if (draft.value() == null && Reply.refusal(draft.text())) {
      return trouble(new Trouble.NextModel("refused", false), attempt);
    }
    if (budget.correction()) {
      caller.note(List.of(notes.invalid(draft.errors())));
      announced = List.of(notes.reask());
      ask(
          Ask.CORRECTION,
          Cause.REASK,
          Reply.shortened(draft.text(), ECHO),
          operation.correction(draft));
      return null;
    }
    caller.note(List.of(notes.invalid(draft.errors())));
    return usable()
        ? otherAuthor(attempt)
        : trouble(new Trouble.NextModel("gave nothing that can be used", false), attempt);
  }

  /** The correction was no use: the next model is asked, once; the best so far is built upon. */
  private @Nullable Talked<V> otherAuthor(SentAttempt attempt) {
    var kept = best;
    if (otherAuthor || kept == null || !anotherModel("left errors", attempt)) {
      return ended("invalid", "");
    }
    otherAuthor = true;
    messages = operation.anew(kept);
    ask = Ask.CORRECTION;
    present = kept;
    return null;
  }

  private void ask(Ask kind, Cause why, String echo, String question) {
    messages = prompt.followedBy(echo, question);
    ask = kind;
    cause = why;
  }

  private @Nullable Talked<V> trouble(Trouble trouble, SentAttempt attempt) {
    return switch (trouble) {
      case Trouble.Again(var after) -> again(after, false);
      case Trouble.OtherKey(var after) -> again(after, true);
      case Trouble.WeakerFormat _ -> {
        models.weaken();
        cause = Cause.RETRY;
        yield null;
      }
      case Trouble.MoreTokens _ -> {
        trials.doubled();
        cause = Cause.RETRY;
        yield null;
      }
      case Trouble.NextModel(var why, var gone) -> nextModel(why, gone, attempt);
      case Trouble.GiveUp(var code, var why) -> ended(code, why);
    };
  }

  private @Nullable Talked<V> again(Duration after, boolean withOtherKey) {
    trials.repeated();
    otherKey = withOtherKey;
    cause = Cause.RETRY;
    return pause.slept(after) ? null : new Talked.Stopped<>(new CallResult.Interrupted());
  }

  /** A new model starts from the first question; the best draft so far is kept. */
  private @Nullable Talked<V> nextModel(String why, boolean gone, SentAttempt attempt) {
    var from = models.present();
    if (gone) {
      caller.unavailable(from);
    }
    if (!anotherModel(why, attempt)) {
      return ended("model", "Model " + from + " " + why + ", and no other model is left to try.");
    }
    messages = prompt.messages();
    ask = null;
    present = null;
    return null;
  }

  /** Goes on to the next model; false when none may be asked. */
  private boolean anotherModel(String why, SentAttempt attempt) {
    var from = models.present();
    var to = budget.modelChange() ? models.next() : Optional.<String>empty();
    if (to.isEmpty()) {
      return false;
    }
    announced = List.of(notes.fallback(from, why, to.get(), attempt));
    trials.newModel(why);
    cause = Cause.MODEL_CHANGE;
    return true;
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
