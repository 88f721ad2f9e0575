package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.Cancellation.Reason;
import dev.keywheel.gateway.http.ClientLost;
import dev.keywheel.gateway.http.ClientRequest;
import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.http.GatewayErrors;
import dev.keywheel.gateway.http.RefusedRequest;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.model.Target;
import dev.keywheel.gateway.peek.RequestPeek;
import dev.keywheel.gateway.seat.ResponseAccounts.Account;
import dev.keywheel.gateway.seat.SeatGrant;
import dev.keywheel.gateway.seat.SeatGrant.Granted;
import dev.keywheel.gateway.seat.SeatRequest;
import dev.keywheel.gateway.seat.TriedKeys;
import dev.keywheel.gateway.token.AccessToken;
import dev.keywheel.provider.ApiProtocol;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.rotation.OutcomeText;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs one request of a client: makes attempts one after the other until one succeeds. */
final class GatewayCall {
  private final GatewayServices services;
  private final AccessToken token;
  private final ApiProtocol protocol;
  private final RequestPeek peek;
  private final List<Target> targets;
  private final ClientRequest client;
  private final CallRecord record;
  private final Sender sender;
  private final int requestBytes;
  private final Optional<Account> account;

  private final FailureReport report = new FailureReport();
  private @Nullable LastFailure failure;

  GatewayCall(
      GatewayServices services,
      AccessToken token,
      ApiProtocol protocol,
      RequestPeek peek,
      byte[] body,
      List<Target> targets,
      ClientRequest client,
      CallRecord record) {
    this.services = services;
    this.token = token;
    this.protocol = protocol;
    this.peek = peek;
    this.targets = targets;
    this.client = client;
    this.record = record;
    this.sender = new Sender(services, client, record, protocol, peek, body, targets);
    this.requestBytes = body.length;
    this.account =
        protocol == ApiProtocol.RESPONSES
            ? services.responses().find(token.workspaceId(), peek.references())
            : Optional.empty();
  }

  /**
   * @param query the query string with its question mark, appended to the address of the provider;
   *     may be empty
   * @throws RefusedRequest for a response that the provider would charge, but that the client could
   *     never fetch
   * @throws OutdatedToken if the token or an alias changed before the first key was assigned
   */
  Ending run(String query) throws InterruptedException, ClientLost {
    if (protocol == ApiProtocol.RESPONSES
        && (peek.background()
            || targets.stream().anyMatch(target -> target.fields().background()))) {
      throw RefusedRequest.of(
          ErrorKind.INVALID_BODY,
          "Neither the request nor an alias may set background to true: no response can be fetched"
              + " later.");
    }
    for (Target target : targets) {
      Provider provider = services.providers().byName(target.pool().provider());
      Optional<URI> endpoint = provider.endpoint(protocol);
      if (endpoint.isEmpty()) {
        report.recordUnsupported(
            SeatRefusal.ofKeys(
                GatewayError.of(
                    ErrorKind.UNSUPPORTED_ROUTE,
                    provider.label() + " does not serve this kind of request.")));
        continue;
      }
      Optional<Ending> ending = run(target, provider, URI.create(endpoint.get() + query));
      if (ending.isPresent()) {
        return ending.get();
      }
    }
    return giveUp();
  }

  /** Makes attempts at one target. Returns empty when the next target is to be tried. */
  private Optional<Ending> run(Target target, Provider provider, URI address)
      throws InterruptedException, ClientLost {
    var policy = new RetryPolicy(services.options(), requestBytes);
    var tried = TriedKeys.without(report.refusedKeys());
    List<ByteBuffer> sent = sender.body(target, provider);
    while (client.cancellation().reason() == null && hasTime()) {
      SeatGrant grant = takeSeat(target, tried);
      if (target.equals(targets.getLast()) // otherwise the next target may answer at once
          && services.awaitDueCheck(target.pool(), grant, tried, client.cancellation())) {
        grant = takeSeat(target, tried);
      }
      if (grant instanceof SeatGrant.Outdated) {
        throw new OutdatedToken();
      }
      if (!(grant instanceof Granted granted)) {
        if (client.cancellation().reason() != null) {
          break;
        }
        var refusal = SeatRefusal.of(grant, services.clock().instant());
        recordRefusal(target, refusal);
        services.seats().logRefusal(record.request(), target.model(), grant);
        return refusal.isFinal() ? Optional.of(giveUp()) : Optional.empty();
      }
      report.recordKey();
      record.begin(target, granted);
      setHeaders(target, granted);
      if (client.cancellation().reason() != null) {
        record.recordNotSent(granted);
        break;
      }
      Sender.SendResult result;
      try {
        result = sender.send(target, granted, provider, address, sent);
      } catch (RefusedRequest overloaded) {
        if (client.cancellation().reason() == Reason.CLIENT_GONE) {
          throw ClientLost.because(Reason.CLIENT_GONE);
        }
        if (client.channel().committed()) {
          return Optional.of(fail(GatewayRequestState.FAILED, overloaded.error()));
        }
        throw overloaded;
      }
      switch (result) {
        case Sender.Done(var ending) -> {
          return Optional.of(ending);
        }
        case Sender.Stopped _ -> {
          return Optional.of(endCancelled());
        }
        case Sender.Unsent _ -> {
          if (!policy.continuesAfterUnsent(client.channel().elapsed())) {
            recordRefusal(target, SeatRefusal.unreadable());
            return Optional.empty();
          }
          tried.add(granted.key(), TriedKeys.Next.OTHER);
        }
        case Sender.Failed(var failed) -> {
          if (client.cancellation().reason() != null) {
            break;
          }
          failure = failed;
          report.recordFailure(failed.outcome(), granted.key().id());
          switch (policy.after(
              failed.outcome(), granted.key().accountOrId(), client.channel().elapsed())) {
            case RetryPolicy.SameTarget(var pause, var next) -> {
              tried.add(granted.key(), next);
              client.cancellation().sleep(pause);
            }
            case RetryPolicy.OtherTarget _ -> {
              return Optional.empty();
            }
            case RetryPolicy.GiveUp _ -> {
              return Optional.of(giveUp());
            }
          }
        }
      }
    }
    return Optional.of(client.cancellation().reason() == null ? giveUp() : endCancelled());
  }

  /** Whether another attempt would be sent at all. */
  private boolean hasTime() {
    return client.channel().elapsed().compareTo(services.timeouts().total()) < 0;
  }

  private void recordRefusal(Target target, SeatRefusal refusal) {
    if (account.isEmpty()) {
      report.recordRefusal(refusal);
    } else {
      boolean here = account.get().provider().equals(target.pool().provider());
      report.recordContinuationRefusal(refusal, here);
    }
  }

  private SeatGrant takeSeat(Target target, TriedKeys tried) throws InterruptedException {
    String session = client.session();
    var request =
        new SeatRequest(
            record.request(),
            token.secretId(),
            token.scope(),
            token.revision(),
            !record.counted(),
            record.attempts() + 1,
            target.pool(),
            target.model(),
            tried,
            session.isEmpty() ? peek.conversation() : session,
            account.orElse(null));
    var grant =
        services.admission().take(request, client.cancellation(), client.channel().elapsed());
    if (!(grant instanceof SeatGrant.Outdated)) {
      record.markCounted();
    }
    return grant;
  }

  private void setHeaders(Target target, Granted granted) {
    client.setHeader("x-keywheel-attempts", Integer.toString(record.attempts()));
    client.setHeader("x-keywheel-provider", target.pool().provider());
    client.setHeader("x-keywheel-model", encoded(target.model()));
    if (token.showKeyName()) {
      client.setHeader("x-keywheel-key", encoded(granted.key().name()));
    }
    if (granted.rate() != null) {
      client.setHeaders(SeatRefusal.headers(granted.rate(), services.clock().instant()));
    }
  }

  private static String encoded(String text) {
    boolean plain =
        !text.isEmpty()
            && text.chars().allMatch(letter -> letter > ' ' && letter <= '~' && letter != '%');
    return plain ? text : URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private Ending endCancelled() throws ClientLost {
    Reason reason = client.cancellation().reason();
    if (reason == Reason.ABORTED) {
      return fail(GatewayRequestState.ABORTED, GatewayErrors.aborted());
    }
    if (reason == Reason.STOPPING) {
      return fail(GatewayRequestState.FAILED, GatewayErrors.stopping());
    }
    throw ClientLost.because(reason);
  }

  /** Ends a request without an answer: sends the provider's last error, or the gateway's own. */
  private Ending giveUp() throws ClientLost {
    Instant now = services.clock().instant();
    LastFailure failed = failure;
    Optional<SeatRefusal> refusal = report.refusal();
    if (failed == null) {
      return fail(
          GatewayRequestState.REFUSED,
          refusal.map(it -> it.forClient(now)).orElseGet(GatewayErrors::internal));
    }
    if (refusal.isPresent()) {
      return fail(
          GatewayRequestState.FAILED, failed.withAccountLimits(refusal.get().forClient(now)));
    }
    Optional<Reply> answer = failed.forClient();
    if (answer.isEmpty() || client.channel().committed()) {
      Ending told = fail(GatewayRequestState.FAILED, failed.error());
      return new Ending(told.state(), told.httpStatus(), OutcomeText.code(failed.outcome()));
    }
    Reply reply = answer.get();
    var headers = client.headers(reply.headers());
    failed.setRetryHeaders(headers, now);
    client.channel().answer(reply.status(), headers, reply.body());
    return new Ending(
        GatewayRequestState.FAILED, reply.status(), OutcomeText.code(failed.outcome()));
  }

  private Ending fail(GatewayRequestState state, GatewayError error) throws ClientLost {
    boolean begun = client.channel().committed();
    client.fail(error, sender.stream(false));
    return begun ? new Ending(state, 200, error.kind().code()) : Ending.of(state, error);
  }
}
