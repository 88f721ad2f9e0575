package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.Cancellation;
import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.http.GatewayErrors;
import dev.keywheel.gateway.ledger.AttemptOutcome;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.model.Target;
import dev.keywheel.gateway.seat.RequestEvidence;
import dev.keywheel.gateway.seat.SeatGrant;
import dev.keywheel.gateway.seat.SeatGrant.Granted;
import dev.keywheel.gateway.seat.SeatRequest;
import dev.keywheel.gateway.seat.TriedKeys;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.MessageRole;
import dev.keywheel.provider.ReplyFormat;
import dev.keywheel.provider.Usage;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.secret.Secret;
import dev.keywheel.time.Deadline;
import dev.keywheel.time.Delayer;
import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Sends one short prompt from a page to a model. The request gets the next key of the rotation and
 * is recorded like a client's request.
 */
public final class TrialCall {
  private static final String PROMPT = "Answer in one short sentence: which model are you?";
  private static final int MAX_TOKENS = 200;

  /** Maximum time of one call. */
  private static final Duration MAX_CALL = Duration.ofSeconds(30);

  private final GatewayServices services;
  private final Delayer delayer = Delayer.real();

  TrialCall(GatewayServices services) {
    this.services = services;
  }

  /**
   * @param text the model's answer, or the reason why there is none
   */
  public record Result(UUID requestId, boolean answered, String text) {}

  /**
   * @param model the model id or alias, as a client would send it
   * @param address the IP address of the user's browser
   */
  public Result send(Principal by, String model, String address) {
    var request =
        new GatewayRequest(
            services.ids().next(),
            by.workspaceId(),
            by.userId(),
            "Trial by " + by.email(),
            GatewayOperation.CHAT,
            model,
            false,
            address,
            null,
            null,
            services.clock().instant());
    var trial = new Trial(request);
    var last =
        new TrialEnding(new Ending(GatewayRequestState.FAILED, 500, ErrorKind.INTERNAL.code()), "");
    try {
      last = trial.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      last = TrialEnding.of(GatewayErrors.stopping());
    } finally {
      trial.calls.close(last.ending());
    }
    return new Result(request.id(), last.isAnswer(), last.text());
  }

  /** The result of a trial at one target, or of the complete trial. */
  private record TrialEnding(Ending ending, String text) {
    static TrialEnding of(GatewayError refusal) {
      return of(GatewayRequestState.REFUSED, refusal);
    }

    static TrialEnding of(GatewayRequestState state, GatewayError error) {
      return new TrialEnding(Ending.of(state, error), error.message());
    }

    boolean isAnswer() {
      return ending.state() == GatewayRequestState.OK;
    }
  }

  private final class Trial {
    private final GatewayRequest request;
    private final CallRecord calls;
    private RequestEvidence evidence = new RequestEvidence(false);
    private final FailureReport report = new FailureReport();
    private final Stopwatch sinceStart = new Stopwatch();
    private final Duration minCall = services.options().trial().dividedBy(12);

    /** No attempt begins after this deadline. */
    private final Deadline deadline = new Deadline(services.options().trial().minus(minCall));

    Trial(GatewayRequest request) {
      this.request = request;
      this.calls = new CallRecord(services.ledger(), request, services.clock(), false);
    }

    TrialEnding run() throws InterruptedException {
      List<Target> targets =
          services
              .models()
              .resolve(
                  request.workspaceId(), TokenScope.ALL, request.operation(), request.modelAsked());
      if (targets.isEmpty()) {
        return TrialEnding.of(GatewayErrors.noModel(request.modelAsked()));
      }
      evidence =
          new RequestEvidence(targets.stream().anyMatch(next -> next.fields().chooseEndpoints()));
      for (Target next : targets) {
        Optional<TrialEnding> last = attempt(next, next.equals(targets.getLast()));
        if (last.isPresent()) {
          return last.get();
        }
      }
      return deadline.passed() ? outOfTime() : unanswered();
    }

    /** Makes attempts at one target. Returns empty when the next target is to be tried. */
    private Optional<TrialEnding> attempt(Target next, boolean last) throws InterruptedException {
      var policy = new RetryPolicy(services.options(), 0);
      var tried = TriedKeys.without(report.refusedKeys());
      while (!deadline.passed()) {
        SeatGrant grant = seat(next, tried);
        if (last && services.awaitDueCheck(next.pool(), grant, tried, new Cancellation())) {
          grant = seat(next, tried);
        }
        if (!(grant instanceof Granted got)) {
          var refusal = SeatRefusal.of(grant, services.clock().instant());
          report.recordRefusal(refusal);
          return refusal.isFinal() ? Optional.of(unanswered()) : Optional.empty();
        }
        report.recordKey();
        calls.begin(next, got);
        if (got.probe()) {
          evidence.ignoreOutage();
        }
        Optional<CallOutcome> called = call(next, got);
        if (called.isEmpty()) {
          if (!policy.continuesAfterUnsent(sinceStart.elapsed())) {
            report.recordRefusal(SeatRefusal.unreadable());
            return Optional.empty();
          }
          tried.add(got.key(), TriedKeys.Next.OTHER);
          continue;
        }
        CallOutcome outcome = called.get();
        if (outcome instanceof Answer answer) {
          return Optional.of(
              new TrialEnding(new Ending(GatewayRequestState.OK, 200, null), answer.text()));
        }
        report.recordFailure(outcome, got.key().id());
        switch (policy.after(outcome, got.key().accountOrId(), sinceStart.elapsed())) {
          case RetryPolicy.SameTarget(var pause, var key)
              when deadline.left().compareTo(pause) >= 0 -> {
            tried.add(got.key(), key);
            delayer.sleep(pause);
          }
          case RetryPolicy.SameTarget _, RetryPolicy.OtherTarget _ -> {
            return Optional.empty();
          }
          case RetryPolicy.GiveUp _ -> {
            return Optional.of(unanswered());
          }
        }
      }
      return Optional.empty();
    }

    /** The result of a trial that had no time for another attempt. */
    private TrialEnding outOfTime() {
      return TrialEnding.of(
          GatewayRequestState.FAILED, report.timeoutError(services.options().trial()));
    }

    /** The result without an answer: the same refusal or failure that a client would be told. */
    private TrialEnding unanswered() {
      CallOutcome failed = report.failure();
      Optional<SeatRefusal> refusal = report.refusal();
      if (failed == null || refusal.isPresent()) {
        return TrialEnding.of(
            failed == null ? GatewayRequestState.REFUSED : GatewayRequestState.FAILED,
            refusal
                .map(it -> it.forClient(services.clock().instant()))
                .orElseGet(GatewayErrors::internal));
      }
      return new TrialEnding(
          new Ending(
              GatewayRequestState.FAILED, failed.evidence().httpStatus(), OutcomeText.code(failed)),
          OutcomeText.sentence(failed));
    }

    private SeatGrant seat(Target next, TriedKeys tried) throws InterruptedException {
      return services
          .seats()
          .take(
              new SeatRequest(
                  request,
                  null,
                  TokenScope.ALL,
                  calls.attempts() == 0,
                  calls.attempts() + 1,
                  next.pool(),
                  next.model(),
                  tried,
                  null));
    }

    /** Makes the call of an attempt; returns empty if the key cannot be decrypted. */
    private Optional<CallOutcome> call(Target next, Granted got) {
      var state = GatewayAttemptState.NOT_SENT;
      @Nullable CallOutcome outcome = null;
      try {
        Optional<Secret> secret = secret(got);
        if (secret.isPresent()) {
          state = GatewayAttemptState.UNKNOWN;
          var sent = services.clock().instant();
          var provider = services.providers().byName(next.pool().provider());
          outcome = provider.chat(secret.get(), prompt(next));
          state = GatewayAttemptState.of(outcome);
          if (outcome instanceof Answer) {
            services.judge().endPauseByAnswer(next.pool(), next.model(), sent);
          }
          outcome = services.judge().apply(evidence, got.key(), next.model(), outcome);
        }
        return Optional.ofNullable(outcome);
      } finally {
        recordEnd(got, state, outcome);
      }
    }

    private Optional<Secret> secret(Granted got) {
      try {
        return Optional.of(services.secrets().open(got.key(), got.secret()));
      } catch (IllegalStateException damaged) {
        return Optional.empty();
      }
    }

    private ChatRequest prompt(Target target) {
      Duration left = Collections.min(List.of(MAX_CALL, deadline.left().plus(minCall)));
      return new ChatRequest(
          target.model(),
          List.of(new ChatMessage(MessageRole.USER, PROMPT)),
          MAX_TOKENS,
          0,
          new ReplyFormat.Text(),
          Collections.max(List.of(minCall, left)),
          target.fields().values());
    }

    private void recordEnd(Granted got, GatewayAttemptState state, @Nullable CallOutcome outcome) {
      boolean answered = outcome instanceof Answer;
      calls.recordEnd(
          new AttemptOutcome(
              got.attemptId(),
              got.key().id(),
              state,
              outcome == null ? null : outcome.evidence().httpStatus(),
              outcome == null ? state.code() : OutcomeText.code(outcome),
              outcome == null ? Usage.NONE : outcome.usage(),
              outcome == null ? 0 : outcome.latencyMs(),
              outcome != null && answered ? outcome.latencyMs() : null,
              outcome == null ? null : outcome.evidence().generationId(),
              services.clock().instant()),
          answered ? (int) sinceStart.elapsed().toMillis() : null);
    }
  }
}
