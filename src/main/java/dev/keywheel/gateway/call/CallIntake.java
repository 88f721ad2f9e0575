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
import dev.keywheel.gateway.http.RequestBodyReader;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.model.Target;
import dev.keywheel.gateway.peek.PeekResult;
import dev.keywheel.gateway.peek.RequestPeek;
import dev.keywheel.gateway.token.AccessToken;
import dev.keywheel.gateway.token.TokenScope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectableChannelEndPoint;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Reads and checks a request with an accepted token, and starts its call. */
final class CallIntake {
  /** The parameter that Claude Code appends to the address. No other parameter is passed on. */
  private static final String BETA = "beta=true";

  /** Maximum number of checks of a request; each change of a token or alias requires another. */
  private static final int MAX_CHECKS = 5;

  private final GatewayServices services;
  private final OpenRequests open;
  private final RequestBodyReader bodies;
  private final ClientWatch watch;

  CallIntake(
      GatewayServices services, OpenRequests open, RequestBodyReader bodies, ClientWatch watch) {
    this.services = services;
    this.open = open;
    this.bodies = bodies;
    this.watch = watch;
  }

  /**
   * @param token the token as this node knows it; the database may have a newer version
   * @param currentToken reads the token from the database; throws {@link RefusedRequest} if the
   *     token is no longer accepted
   */
  void serve(
      Request request,
      ClientRequest client,
      Endpoint.Call call,
      AccessToken token,
      Supplier<AccessToken> currentToken,
      String clientAddress)
      throws InterruptedException, ClientLost {
    if (!services.ledger().accepts()) {
      throw new RefusedRequest(
          GatewayErrors.overloaded("The gateway has too many outcomes to store."));
    }
    Optional<String> tooMany = open.enter(token.id(), client.cancellation());
    if (tooMany.isPresent()) {
      throw new RefusedRequest(GatewayErrors.overloaded(tooMany.get()));
    }
    @Nullable RequestPeek peek = null;
    try {
      RequestBodyReader.checkHeaders(request.getHeaders());
      EndPoint connection = request.getConnectionMetaData().getConnection().getEndPoint();
      request.addIdleTimeoutListener(_ -> false); // a waiting request is not idle
      // The next page request restores it: restoring it after each call would start a timer.
      connection.setIdleTimeout(services.timeouts().clientStalled().multipliedBy(2).toMillis());
      try (var body = bodies.read(request, client)) {
        peek = peek(body.bytes());
        String sent = request.getHttpURI().getQuery();
        boolean beta = sent != null && List.of(sent.split("&")).contains(BETA);
        String query = beta ? "?" + BETA : "";
        new Intake(client, call, clientAddress, peek, body.bytes(), query, arrived(client))
            .serve(connection, token, currentToken);
      }
    } catch (RefusedRequest refused) {
      if (peek == null) {
        recordRefusal(client, call, token, clientAddress, refused.error());
      }
      throw refused;
    } finally {
      open.leave(token.id(), client.cancellation());
    }
  }

  private Instant arrived(ClientRequest client) {
    return services.clock().instant().minus(client.channel().elapsed());
  }

  /** Stores a refused request whose body is unknown. */
  void recordRefusal(
      ClientRequest client,
      Endpoint.Call call,
      AccessToken token,
      String clientAddress,
      GatewayError error) {
    var unread = request(client, call, token, "", false, clientAddress, arrived(client));
    new CallRecord(services.ledger(), unread, services.clock(), false)
        .close(Ending.of(GatewayRequestState.REFUSED, error));
  }

  private static RequestPeek peek(byte[] body) {
    return switch (RequestPeek.of(body)) {
      case PeekResult.Malformed(var reason) ->
          throw RefusedRequest.of(ErrorKind.INVALID_BODY, reason);
      case RequestPeek peek -> peek;
    };
  }

  private static GatewayRequest request(
      ClientRequest client,
      Endpoint.Call call,
      AccessToken token,
      String model,
      boolean stream,
      String clientAddress,
      Instant arrived) {
    String agent = client.header("user-agent");
    return new GatewayRequest(
        client.id(),
        token.workspaceId(),
        token.id(),
        token.name(),
        call.operation(),
        model,
        stream,
        clientAddress,
        agent.isEmpty() ? null : agent,
        client.ownId(),
        arrived);
  }

  /** One request whose body was read. */
  private final class Intake {
    private final ClientRequest client;
    private final Endpoint.Call call;
    private final String clientAddress;
    private final RequestPeek peek;
    private final byte[] body;
    private final String query;
    private final Instant arrived;

    Intake(
        ClientRequest client,
        Endpoint.Call call,
        String clientAddress,
        RequestPeek peek,
        byte[] body,
        String query,
        Instant arrived) {
      this.client = client;
      this.call = call;
      this.clientAddress = clientAddress;
      this.peek = peek;
      this.body = body;
      this.query = query;
      this.arrived = arrived;
    }

    void serve(EndPoint connection, AccessToken token, Supplier<AccessToken> currentToken)
        throws InterruptedException, ClientLost {
      boolean limited = token.scope().parallel() > 0;
      var record = new CallRecord(services.ledger(), request(token), services.clock(), limited);
      services
          .ledger()
          .inFlight()
          .add(client.id(), () -> client.cancellation().cancel(Reason.ABORTED));
      var ending = new Ending(GatewayRequestState.FAILED, 500, ErrorKind.INTERNAL.code());
      try (var _ = watch(connection)) {
        claim(token);
        ending = run(token, currentToken, record);
      } catch (RefusedRequest refused) {
        ending = Ending.of(GatewayRequestState.REFUSED, refused.error());
        throw refused;
      } catch (ClientLost lost) {
        client.cancellation().cancel(lost.stalled() ? Reason.CLIENT_STALLED : Reason.CLIENT_GONE);
        ending = Ending.gone(client.channel(), lost.stalled());
        throw lost;
      } catch (RuntimeException e) {
        ending = Ending.failed(client.channel(), record, GatewayErrors.of(e));
        throw e;
      } finally {
        record.close(ending);
      }
    }

    private GatewayRequest request(AccessToken token) {
      String model = peek.modelOr(token.defaultModel());
      return CallIntake.request(client, call, token, model, peek.stream(), clientAddress, arrived);
    }

    private ClientWatch.Watch watch(EndPoint connection) {
      return watch.watch(
          ((SelectableChannelEndPoint) connection).getChannel(),
          () -> client.cancellation().cancel(Reason.CLIENT_GONE));
    }

    private void claim(AccessToken token) {
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

    /** Runs the request with the token and the aliases as they are when it gets its first key. */
    private Ending run(AccessToken token, Supplier<AccessToken> currentToken, CallRecord record)
        throws InterruptedException, ClientLost {
      AccessToken known = token;
      for (int round = 0; round < MAX_CHECKS; round++) {
        if (known != token) {
          record.replaceRequest(request(known));
        }
        try {
          List<Target> targets = targets(known);
          return new GatewayCall(
                  services, known, call.protocol(), peek, body, targets, client, record)
              .run(query);
        } catch (OutdatedToken outdated) {
          known = currentToken.get();
        } catch (RefusedRequest refused) {
          if (record.attempts() > 0) { // because of overload
            throw refused;
          }
          AccessToken now = currentToken.get();
          if (now.revision() == known.revision()) {
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

    private List<Target> targets(AccessToken token) {
      TokenScope scope = token.scope();
      String model = peek.modelOr(token.defaultModel());
      if (model.isEmpty()) {
        throw RefusedRequest.of(
            ErrorKind.INVALID_BODY,
            token.defaultModel() == null
                ? "The body must name a model, because this access token has no default model."
                : "The body must name a model.");
      }
      checkExtras(scope, model);
      for (String other : peek.otherModels()) {
        if (!scope.allowsModel(other)) {
          throw new RefusedRequest(GatewayErrors.noModel(other));
        }
      }
      List<Target> targets =
          services
              .models()
              .resolve(token.workspaceId(), scope, call.operation(), model, token.revision());
      if (targets.isEmpty()) {
        throw new RefusedRequest(
            peek.namesModel()
                ? GatewayErrors.noModel(call.operation(), model)
                : GatewayErrors.noDefaultModel(model));
      }
      return targets;
    }

    private void checkExtras(TokenScope scope, String model) {
      if (scope.allowsProviderExtras()) {
        return;
      }
      List<String> extras =
          peek.extras(model).stream().filter(extra -> !scope.models().contains(extra)).toList();
      if (!extras.isEmpty()) {
        throw new RefusedRequest(
            !peek.namesModel() && extras.contains(model)
                ? GatewayErrors.defaultModelChooses(model, extras)
                : GatewayErrors.extras(extras));
      }
    }
  }
}
