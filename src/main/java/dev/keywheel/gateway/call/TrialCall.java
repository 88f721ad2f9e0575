package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.Cancellation;
import dev.keywheel.gateway.http.Cancellation.Reason;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.http.GatewayErrors;
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
import dev.keywheel.problem.RateLimited;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.MessageRole;
import dev.keywheel.provider.ReplyFormat;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.secret.Secret;
import dev.keywheel.time.Deadline;
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
  private final OpenRequests open;

  TrialCall(GatewayServices services, OpenRequests open) {
    this.services = services;
    this.open = open;
  }

  /**
   * @param text the model's answer, or the reason why there is none
   */
  public record Result(UUID requestId, boolean answered, String text) {}

  /**
   * Returns empty, without another request, if an earlier submission of the form is in flight or
   * was sent to a provider.
   *
   * @param formId the same for every submission of one form
   * @param model the model id or alias, as a client would send it
   * @param address the IP address of the user's browser
   */
  public Optional<Result> send(Principal by, UUID formId, String model, String address) {
    UUID user = by.userId();
    var request =
        new GatewayRequest(
            services.ids().next(),
            by.workspaceId(),
            user,
            "Trial by " + by.email(),
            GatewayOperation.CHAT,
            model,
            false,
            address,
            null,
            null,
            services.clock().instant());
    var trial = new Trial(request);
    open.enter(user, trial.cancellation)
        .ifPresent(
            tooMany -> {
              throw new RateLimited(tooMany, Duration.ofSeconds(1));
            });
    try {
      return trial.send("trial " + formId);
    } finally {
      open.leave(user, trial.cancellation);
    }
  }

  private final class Trial {
    private final GatewayRequest request;
    private final CallRecord calls;
    private final Cancellation cancellation = new Cancellation();
    private RequestEvidence evidence = new RequestEvidence(false);
    private final FailureReport report = new FailureReport();
    private final Stopwatch sinceStart = new Stopwatch();
    private final Duration minCall = services.options().trial().dividedBy(12);

    /** No attempt begins after this deadline. */
    private final Deadline deadline = new Deadline(services.options().trial().minus(minCall));

    /** The answer, or the reason why there is none. */
    private String text = "";

    Trial(GatewayRequest request) {
      this.request = request;
      this.calls = new CallRecord(services.ledger(), request, services.clock(), false);
    }

    Optional<Result> send(String form) {
      Ending ending;
      try {
        var keys = services.ledger().idempotencyKeys();
        if (keys.claimUnlessSent(request.tokenId(), form, request.id()).isPresent()) {
          return Optional.empty();
        }
        ending = run();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        ending = end(GatewayRequestState.FAILED, GatewayErrors.stopping());
      } catch (RuntimeException | Error e) {
        // A failed claim may have been stored. The row of the refused request releases it.
        calls.close(Ending.failed(calls, GatewayErrors.of(e)));
        throw e;
      }
      calls.close(ending);
      return Optional.of(new Result(request.id(), ending.state() == GatewayRequestState.OK, text));
    }

    private Ending end(GatewayRequestState state, GatewayError error) {
      text = error.message();
      return Ending.of(state, error);
    }

    private Ending run() throws InterruptedException {
      services.ledger().inFlight().add(request.id(), () -> cancellation.cancel(Reason.ABORTED));
      List<Target> targets =
          services
              .models()
              .resolve(
                  request.workspaceId(), TokenScope.ALL, request.operation(), request.modelAsked());
      if (targets.isEmpty()) {
        return end(GatewayRequestState.REFUSED, GatewayErrors.noModel(request.modelAsked()));
      }
      evidence =
          new RequestEvidence(targets.stream().anyMatch(next -> next.fields().chooseEndpoints()));
      for (Target next : targets) {
        Optional<Ending> last = attempt(next, next.equals(targets.getLast()));
        if (last.isPresent()) {
          return last.get();
        }
      }
      if (cancellation.reason() != null) {
        return cancellation.reason() == Reason.ABORTED
            ? end(GatewayRequestState.ABORTED, GatewayErrors.aborted())
            : end(GatewayRequestState.FAILED, GatewayErrors.stopping());
      }
      return deadline.passed()
          ? end(GatewayRequestState.FAILED, report.timeoutError(services.options().trial()))
          : unanswered();
    }

    /** Makes attempts at one target. Returns empty when the next target is to be tried. */
    private Optional<Ending> attempt(Target next, boolean last) throws InterruptedException {
      var policy = new RetryPolicy(services.options(), 0);
      var tried = TriedKeys.without(report.refusedKeys());
      while (cancellation.reason() == null && !deadline.passed()) {
        SeatGrant grant = seat(next, tried);
        if (last && services.awaitDueCheck(next.pool(), grant, tried, cancellation)) {
          grant = seat(next, tried);
        }
        if (!(grant instanceof Granted got)) {
          var refusal = SeatRefusal.of(grant, services.clock().instant());
          report.recordRefusal(refusal);
          services.seats().logRefusal(request, next.model(), grant);
          return refusal.isFinal() && cancellation.reason() == null
              ? Optional.of(unanswered())
              : Optional.empty();
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
        if (outcome instanceof CallOutcome.Answer answer) {
          text = answer.text();
          return Optional.of(new Ending(GatewayRequestState.OK, 200, null));
        }
        report.recordFailure(outcome, got.key().id());
        switch (policy.after(outcome, got.key().accountOrId(), sinceStart.elapsed())) {
          case RetryPolicy.SameTarget(var pause, var key)
              when deadline.left().compareTo(pause) >= 0 -> {
            tried.add(got.key(), key);
            cancellation.sleep(pause);
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

    /** The result without an answer: the same refusal or failure that a client would be told. */
    private Ending unanswered() {
      CallOutcome failed = report.failure();
      Optional<SeatRefusal> refusal = report.refusal();
      if (failed == null || refusal.isPresent()) {
        return end(
            failed == null ? GatewayRequestState.REFUSED : GatewayRequestState.FAILED,
            refusal
                .map(it -> it.forClient(services.clock().instant()))
                .orElseGet(GatewayErrors::internal));
      }
      text = OutcomeText.sentence(failed);
      return new Ending(
          GatewayRequestState.FAILED, failed.evidence().httpStatus(), OutcomeText.code(failed));
    }

    private SeatGrant seat(Target next, TriedKeys tried) throws InterruptedException {
      int no = calls.attempts() + 1;
      var seat =
          new SeatRequest(
              request, null, TokenScope.ALL, no == 1, no, next.pool(), next.model(), tried, null);
      return services.admission().take(seat, cancellation, sinceStart.elapsed());
    }

    /** Returns empty if the key cannot be decrypted, or if the call was cancelled. */
    private Optional<CallOutcome> call(Target next, Granted got) {
      var state = GatewayAttemptState.NOT_SENT;
      @Nullable CallOutcome outcome = null;
      try {
        Optional<Secret> secret = services.secret(got);
        if (secret.isPresent()) {
          state = GatewayAttemptState.UNKNOWN;
          var sent = services.clock().instant();
          outcome = chat(next, secret.get());
          if (outcome instanceof CallOutcome.TimedOut && cancellation.reason() != null) {
            state = GatewayAttemptState.CLIENT_GONE;
            return Optional.empty();
          }
          state = GatewayAttemptState.of(outcome);
          if (outcome instanceof CallOutcome.Answer) {
            services.judge().endPauseByAnswer(next.pool(), next.model(), sent);
          }
          outcome = services.judge().apply(evidence, got.key(), next.model(), outcome);
        }
        return Optional.ofNullable(outcome);
      } finally {
        calls.recordEnd(got, state, outcome, sinceStart.elapsed());
      }
    }

    /** Makes the call; a cancellation interrupts it. */
    private CallOutcome chat(Target next, Secret secret) {
      cancellation.attach(Thread.currentThread()::interrupt);
      try {
        return services.providers().byName(next.pool().provider()).chat(secret, prompt(next));
      } finally {
        cancellation.attach(() -> {});
        if (cancellation.reason() != null) {
          var _ = Thread.interrupted();
        }
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
  }
}
