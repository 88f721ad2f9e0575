package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.Cancellation.Reason;
import dev.keywheel.gateway.http.ClientLost;
import dev.keywheel.gateway.http.ClientRequest;
import dev.keywheel.gateway.http.ClientWatch;
import dev.keywheel.gateway.http.Endpoint;
import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.http.GatewayErrors;
import dev.keywheel.gateway.http.RefusedRequest;
import dev.keywheel.gateway.http.RequestBody;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.model.Resolution;
import dev.keywheel.gateway.model.Target;
import dev.keywheel.gateway.peek.PeekResult;
import dev.keywheel.gateway.peek.RequestPeek;
import dev.keywheel.gateway.token.AccessToken;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectableChannelEndPoint;
import org.eclipse.jetty.server.Request;

/** Reads and checks a request with an accepted token, and starts its call. */
final class CallIntake {
  /** The query string that Claude Code appends. No other query string is passed on. */
  private static final String BETA = "beta=true";

  /** Maximum number of checks of a request; each change of a token or alias requires another. */
  private static final int ROUNDS = 5;

  private final GatewayServices services;
  private final OpenRequests open;
  private final RequestBody bodies;
  private final ClientWatch watch;

  CallIntake(GatewayServices services, OpenRequests open, RequestBody bodies, ClientWatch watch) {
    this.services = services;
    this.open = open;
    this.bodies = bodies;
    this.watch = watch;
  }

  /**
   * @param token the token as this node knows it; the database may have a newer version
   * @param again reads the token from the database; throws {@link RefusedRequest} if the token is
   *     no longer accepted
   */
  void serve(
      Request request,
      ClientRequest client,
      Endpoint.Call call,
      AccessToken token,
      Supplier<AccessToken> again,
      String clientAddress)
      throws InterruptedException, ClientLost {
    if (!services.ledger().accepts()) {
      throw new RefusedRequest(overloaded("The gateway has too many outcomes to store."));
    }
    RequestBody.checkType(request.getHeaders());
    Optional<String> tooMany = open.enter(token.id(), client.cancellation());
    if (tooMany.isPresent()) {
      throw new RefusedRequest(overloaded(tooMany.get()));
    }
    EndPoint connection = request.getConnectionMetaData().getConnection().getEndPoint();
    request.addIdleTimeoutListener(_ -> false); // a waiting request is not idle
    // The next page request restores it, because restoring it after each call would start a timer.
    connection.setIdleTimeout(services.timeouts().clientStalled().multipliedBy(2).toMillis());
    try (var body = bodies.read(request, client)) {
      switch (RequestPeek.of(body.bytes())) {
        case PeekResult.Malformed(var reason) ->
            throw RefusedRequest.of(ErrorKind.INVALID_BODY, reason);
        case RequestPeek peek ->
            watched(
                connection, request, client, call, token, again, clientAddress, peek, body.bytes());
      }
    } finally {
      open.leave(token.id(), client.cancellation());
    }
  }

  private static GatewayError overloaded(String reason) {
    return GatewayError.of(ErrorKind.OVERLOADED, reason + " Try again in a moment.")
        .retryAfter(Duration.ofSeconds(1));
  }

  private void watched(
      EndPoint connection,
      Request request,
      ClientRequest client,
      Endpoint.Call call,
      AccessToken token,
      Supplier<AccessToken> again,
      String clientAddress,
      RequestPeek peek,
      byte[] body)
      throws InterruptedException, ClientLost {
    RequestPeek asked = peek.withDefault(token.defaultModel());
    var record = record(client, call.operation(), token, clientAddress, asked);
    String query = BETA.equals(request.getHttpURI().getQuery()) ? "?" + BETA : "";
    services
        .ledger()
        .inFlight()
        .add(client.id(), () -> client.cancellation().cancel(Reason.ABORTED));
    var ending = new Ending(GatewayRequestState.FAILED, 500, ErrorKind.INTERNAL.code());
    try (var _ = watch(connection, client)) {
      claim(client, token);
      ending = accepted(client, call, token, again, record, peek, body, query);
    } catch (RefusedRequest refused) {
      ending = Ending.of(GatewayRequestState.REFUSED, refused.error());
      throw refused;
    } catch (ClientLost lost) {
      client.cancellation().cancel(lost.stalled() ? Reason.CLIENT_STALLED : Reason.CLIENT_GONE);
      ending = Ending.gone(client.channel(), lost.stalled());
      throw lost;
    } catch (RuntimeException e) {
      ending = Ending.failed(client.channel(), GatewayErrors.of(e));
      throw e;
    } finally {
      record.close(ending);
    }
  }

  private void claim(ClientRequest client, AccessToken token) {
    String key = client.header("idempotency-key");
    if (!key.isEmpty()) {
      services
          .ledger()
          .idempotencyKeys()
          .claim(token.id(), key, client.id())
          .ifPresent(
              holder -> {
                throw new RefusedRequest(
                    GatewayErrors.repeated(holder.requestId(), holder.state()));
              });
    }
  }

  /** Runs the request with the token and the aliases as they are when the first key is assigned. */
  private Ending accepted(
      ClientRequest client,
      Endpoint.Call call,
      AccessToken token,
      Supplier<AccessToken> again,
      CallRecord record,
      RequestPeek peek,
      byte[] body,
      String query)
      throws InterruptedException, ClientLost {
    AccessToken known = token;
    for (int round = 0; round < ROUNDS; round++) {
      RequestPeek asked = peek.withDefault(known.defaultModel());
      if (known != token) {
        record.asks(asked.model());
      }
      try {
        List<Target> targets = targets(known, call.operation(), asked);
        return new GatewayCall(
                services, known, call.protocol(), asked, body, targets, client, record)
            .run(query);
      } catch (OutdatedToken outdated) {
        known = again.get();
      } catch (RefusedRequest refused) {
        AccessToken now = again.get();
        if (now.revision() == known.revision() || record.attempts() > 0) {
          throw refused;
        }
        known = now;
      }
    }
    throw new RefusedRequest(
        GatewayError.of(
                ErrorKind.UNAVAILABLE,
                "Access tokens or aliases of the workspace keep changing. Try again in a moment.")
            .retryAfter(Duration.ofSeconds(1)));
  }

  private ClientWatch.Watch watch(EndPoint connection, ClientRequest client) {
    Runnable gone = () -> client.cancellation().cancel(Reason.CLIENT_GONE);
    return connection instanceof SelectableChannelEndPoint socket
        ? watch.watch(socket.getChannel(), gone)
        : watch.none();
  }

  private CallRecord record(
      ClientRequest client,
      GatewayOperation operation,
      AccessToken token,
      String clientAddress,
      RequestPeek peek) {
    String agent = client.header("user-agent");
    var request =
        new GatewayRequest(
            client.id(),
            token.workspaceId(),
            token.id(),
            token.name(),
            operation,
            peek.model(),
            peek.stream(),
            clientAddress,
            agent.isEmpty() ? null : agent,
            client.ownId(),
            services.clock().instant().minus(client.channel().elapsed())); // when it arrived
    return new CallRecord(
        services.ledger(), request, services.clock(), token.scope().parallel() > 0);
  }

  private List<Target> targets(AccessToken token, GatewayOperation operation, RequestPeek peek) {
    TokenScope scope = token.scope();
    if (peek.model().isEmpty()) {
      throw RefusedRequest.of(
          ErrorKind.INVALID_BODY,
          token.defaultModel() == null
              ? "The body must name a model, because this access token has no default model."
              : "The body must name a model.");
    }
    boolean extras = peek.extras().stream().anyMatch(extra -> !scope.models().contains(extra));
    if (extras && !scope.allowsProviderExtras()) {
      throw RefusedRequest.of(
          ErrorKind.NOT_ALLOWED,
          "This access token is limited to some models, so what can run others is not allowed: "
              + String.join(", ", peek.extras())
              + (peek.namesModel()
                  ? ". Leave it out, or ask for a token with provider extras."
                  : ". Name a model: that of this list is the token's default."));
    }
    for (String other : peek.otherModels()) {
      if (!scope.allowsModel(other)) {
        throw new RefusedRequest(GatewayErrors.noModel(other));
      }
    }
    var resolution =
        services
            .models()
            .resolve(token.workspaceId(), scope, operation, peek.model(), token.revision());
    return switch (resolution) {
      case Resolution.Route(var targets) -> targets;
      case Resolution.NotFound _ ->
          throw new RefusedRequest(
              peek.namesModel()
                  ? GatewayErrors.noModel(peek.model())
                  : GatewayErrors.noDefaultModel(peek.model()));
    };
  }
}
