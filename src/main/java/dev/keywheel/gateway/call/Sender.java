package dev.keywheel.gateway.call;

import dev.keywheel.gateway.call.AttemptResult.Answered;
import dev.keywheel.gateway.call.AttemptResult.Refused;
import dev.keywheel.gateway.http.AnswerSource;
import dev.keywheel.gateway.http.Cancellation.Reason;
import dev.keywheel.gateway.http.ClientLost;
import dev.keywheel.gateway.http.ClientRequest;
import dev.keywheel.gateway.http.PassedHeaders;
import dev.keywheel.gateway.http.RefusedRequest;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.model.Target;
import dev.keywheel.gateway.peek.RequestPeek;
import dev.keywheel.gateway.peek.Splice;
import dev.keywheel.gateway.seat.RequestEvidence;
import dev.keywheel.gateway.seat.SeatGrant.Granted;
import dev.keywheel.gateway.stream.StreamProtocol;
import dev.keywheel.provider.ApiProtocol;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.classify.Classifier;
import dev.keywheel.provider.http.BearerCredential;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.http.RequestContext;
import dev.keywheel.provider.http.RequestKind;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.rotation.OutcomeText;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sends the attempts of one request, records their outcomes and applies them to the keys. */
final class Sender {
  private static final String EMPTY = ModelErrorKind.EMPTY.code();

  private final GatewayServices services;
  private final ClientRequest client;
  private final CallRecord record;
  private final ApiProtocol protocol;
  private final RequestPeek peek;
  private final byte[] body;
  private final RequestEvidence evidence;
  private final Map<String, String> headers;

  Sender(
      GatewayServices services,
      ClientRequest client,
      CallRecord record,
      ApiProtocol protocol,
      RequestPeek peek,
      byte[] body,
      List<Target> targets) {
    this.services = services;
    this.client = client;
    this.record = record;
    this.protocol = protocol;
    this.peek = peek;
    this.body = body;
    this.evidence =
        new RequestEvidence(
            peek.choosesEndpoints()
                || targets.stream().anyMatch(target -> target.fields().chooseEndpoints()),
            body.length);
    this.headers = PassedHeaders.toProvider(client.requestHeaders());
  }

  sealed interface SendResult {}

  /** The client received its answer or has disconnected. */
  record Done(Ending ending) implements SendResult {}

  /** The attempt failed before any content was sent to the client. */
  record Failed(LastFailure failure) implements SendResult {}

  /** Nothing was sent, because the key cannot be decrypted or is not a valid credential. */
  record Unsent() implements SendResult {}

  /** The request was cancelled before any content was sent to the client. */
  record Stopped() implements SendResult {}

  /**
   * The client's body with the id of the target's model, the fields that the alias sets and, where
   * needed, the option that requests usage.
   */
  List<ByteBuffer> body(Target target, Provider provider) {
    var splices = new ArrayList<Splice>(target.fields().splices(body));
    peek.withModel(target.model()).ifPresent(splices::add);
    if (asksForUsage(provider) && peek.usageRequest() != null) {
      splices.add(peek.usageRequest());
    }
    return Splice.apply(body, splices);
  }

  private boolean asksForUsage(Provider provider) {
    boolean chat = protocol == ApiProtocol.CHAT || protocol == ApiProtocol.COMPLETIONS;
    return chat && peek.stream() && !peek.includesUsage() && !provider.streamsUsageUnasked();
  }

  /**
   * @param withoutUsageEvent whether to drop the usage event, because only the gateway requested it
   */
  StreamProtocol stream(boolean withoutUsageEvent) {
    return switch (protocol) {
      case CHAT, COMPLETIONS, EMBEDDINGS -> StreamProtocol.chat(withoutUsageEvent, peek.choices());
      case MESSAGES -> StreamProtocol.messages();
      case RESPONSES -> StreamProtocol.responses();
    };
  }

  SendResult send(
      Target target, Granted granted, Provider provider, URI address, List<ByteBuffer> sent)
      throws InterruptedException, ClientLost {
    var stream = stream(asksForUsage(provider));
    if (granted.probe()) {
      evidence.ignoreOutage();
    }
    Optional<RelayedAttempt> attempt = begin(target, granted, address, sent, stream);
    return attempt.isEmpty() ? new Unsent() : relay(target, granted, attempt.get());
  }

  /**
   * Starts an attempt. If the key is unusable, records the attempt as not sent and returns empty.
   */
  private Optional<RelayedAttempt> begin(
      Target target, Granted granted, URI address, List<ByteBuffer> sent, StreamProtocol stream) {
    Optional<RelayedAttempt> begun = Optional.empty();
    try {
      begun =
          services
              .secret(granted)
              .flatMap(BearerCredential::of)
              .map(credential -> begin(target, granted, credential, address, sent, stream));
      return begun;
    } finally {
      if (begun.isEmpty()) {
        record.recordNotSent(granted);
      }
    }
  }

  private RelayedAttempt begin(
      Target target,
      Granted granted,
      BearerCredential credential,
      URI address,
      List<ByteBuffer> sent,
      StreamProtocol stream) {
    Instant now = services.clock().instant();
    var exchange = services.relay().prepare(address, headers, sent, credential);
    boolean streamed =
        peek.stream() && protocol != ApiProtocol.EMBEDDINGS; // no provider streams vectors
    client
        .cancellation()
        .attach(exchange::abort, !streamed && services.options().finishUnstreamed());
    var source =
        new AnswerSource(
            exchange,
            client.channel(),
            client.cancellation(),
            services.timeouts(),
            streamed,
            () -> client.headers(Map.of()),
            services.answers().share());
    return new RelayedAttempt(
        source,
        credential.redactor(),
        client.channel(),
        stream,
        client::headers,
        references -> services.responses().remember(granted.key(), references),
        () -> {
          services.judge().endPauseByAnswer(granted.key().pool(), target.model(), now);
          int afterMs = (int) client.channel().elapsed().toMillis();
          services.ledger().inFlight().recordFirstEvent(client.id(), afterMs);
        });
  }

  private SendResult relay(Target target, Granted granted, RelayedAttempt attempt)
      throws InterruptedException, ClientLost {
    var state = GatewayAttemptState.CLIENT_GONE;
    @Nullable String code = null;
    try {
      switch (attempt.run(client.requestId())) {
        case AttemptResult.Stopped _ -> {
          return new Stopped();
        }
        case Refused(var seen, var wrongFormat) -> {
          LastFailure failure =
              classifyAndApply(target, granted, attempt, seen, wrongFormat, false);
          state = GatewayAttemptState.of(failure.outcome());
          code = OutcomeText.code(failure.outcome());
          return new Failed(failure);
        }
        case Answered answered -> {
          state = answered.state();
          code = answered.reason();
          if (answered.observation() != null) {
            var failure =
                classifyAndApply(target, granted, attempt, answered.observation(), false, true);
            code = OutcomeText.code(failure.outcome());
          } else if (state == GatewayAttemptState.OK) {
            var outcome = answer(target, attempt);
            services.judge().apply(evidence, granted.key(), target.model(), outcome);
            code = attempt.empty() ? EMPTY : OutcomeText.code(outcome);
          }
          if (answered.lost() != null) {
            throw answered.lost();
          }
          return new Done(
              answered.observation() != null
                  ? new Ending(GatewayRequestState.FAILED, 200, code)
                  : ending(answered, attempt));
        }
      }
    } catch (RefusedRequest overloaded) {
      state = GatewayAttemptState.HTTP_ERROR;
      code = overloaded.error().kind().code();
      throw overloaded;
    } finally {
      record.recordEnd(granted, state, code, attempt);
    }
  }

  private LastFailure classifyAndApply(
      Target target,
      Granted granted,
      RelayedAttempt attempt,
      Observation seen,
      boolean wrongFormat,
      boolean begun) {
    var context = new RequestContext(RequestKind.CHAT, target.model(), false);
    var clean = attempt.clean(seen);
    var read = Classifier.call(clean, context, services.clock().instant(), attempt.latencyMs());
    var outcome = // the classifier accepts some answers that the gateway cannot pass on
        wrongFormat || read instanceof CallOutcome.Answer
            ? new CallOutcome.ModelError(ModelErrorKind.WRONG_FORM, null, read.metadata())
            : begun ? FailureReport.afterStart(read, clean) : read;
    var attributed = services.judge().apply(evidence, granted.key(), target.model(), outcome);
    if (outcome instanceof KeyLimited limited && limited.limit().reason() == KeyReason.IN_FLIGHT) {
      services.seats().recordTooManyInFlight(granted.key());
    }
    return new LastFailure(clean, attributed);
  }

  /** The outcome of a complete answer, whose content the gateway does not read. */
  private CallOutcome answer(Target target, RelayedAttempt attempt) {
    var seen =
        new Evidence(
            services.clock().instant(),
            RequestKind.CHAT.label(),
            attempt.status(),
            "R1 usable answer",
            "",
            Map.of(),
            attempt.generationId());
    return new CallOutcome.Answer(
        "",
        false,
        "",
        null,
        target.model(),
        new CallMetadata(seen, attempt.latencyMs(), attempt.usage(), new byte[0]));
  }

  private Ending ending(Answered answered, RelayedAttempt attempt) {
    return switch (answered.state()) {
      case OK ->
          new Ending(
              GatewayRequestState.OK, attempt.clientStatus(), attempt.empty() ? EMPTY : null);
      case TRUNCATED -> new Ending(GatewayRequestState.TRUNCATED, 200, answered.reason());
      case CLIENT_GONE ->
          client.cancellation().reason() == Reason.ABORTED
              ? new Ending(GatewayRequestState.ABORTED, 200, answered.reason())
              : Ending.gone(client.channel(), false);
      case HTTP_ERROR, TIMEOUT, SENT, NOT_SENT, UNKNOWN ->
          new Ending(GatewayRequestState.FAILED, 200, answered.reason());
    };
  }
}
