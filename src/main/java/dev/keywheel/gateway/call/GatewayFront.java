package dev.keywheel.gateway.call;

import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.gateway.http.ClientLost;
import dev.keywheel.gateway.http.ClientRequest;
import dev.keywheel.gateway.http.Endpoint;
import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.http.GatewayErrors;
import dev.keywheel.gateway.http.ModelsAnswer;
import dev.keywheel.gateway.http.RefusedRequest;
import dev.keywheel.gateway.http.RequestBodyReader;
import dev.keywheel.gateway.token.AccessToken;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenVerdict;
import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.net.BodyDrain;
import dev.keywheel.secret.VaultSealedException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles all requests below {@code /v1} before any servlet, without sessions and cookies. Its own
 * answers are always JSON.
 */
final class GatewayFront extends Handler.Wrapper {
  private static final Logger log = LoggerFactory.getLogger(GatewayFront.class);

  /** Matches a query string with a secret, which is refused because proxies log addresses. */
  private static final Pattern SECRET_IN_QUERY =
      Pattern.compile("(^|&)(key|api[-_]?key|access_token|token)=|kw1_", Pattern.CASE_INSENSITIVE);

  private static final Duration ANONYMOUS_UPLOAD = Duration.ofSeconds(1);

  private final GatewayServices services;
  private final OpenRequests open;
  private final AnonymousSlots anonymousSlots;
  private final CallIntake calls;
  private final Predicate<String> hostAllowed;
  private final Function<Request, String> clientAddress;

  /**
   * @param hostAllowed whether this server answers for a value of the header {@code Host}
   * @param clientAddress returns the address of a request's client, also behind a trusted proxy
   */
  GatewayFront(
      GatewayServices services,
      OpenRequests open,
      AnonymousSlots anonymousSlots,
      CallIntake calls,
      Predicate<String> hostAllowed,
      Function<Request, String> clientAddress) {
    this.services = services;
    this.open = open;
    this.anonymousSlots = anonymousSlots;
    this.calls = calls;
    this.hostAllowed = hostAllowed;
    this.clientAddress = clientAddress;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (!Endpoint.serves(request.getHttpURI().getCanonicalPath())) {
      if (request.getHttpURI().hasViolations()) {
        Response.writeError(request, response, callback, HttpStatus.BAD_REQUEST_400);
        return true;
      }
      resetIdleTimeout(request);
      return super.handle(request, response, callback);
    }
    var client = new ClientRequest(services.ids().next(), request, response, services.timeouts());
    try {
      Database.page(
          () -> {
            answer(request, client);
            return client;
          });
      callback.succeeded();
    } catch (ClientLost lost) {
      abortConnection(request, client, callback, lost);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      callback.failed(stopped);
    }
    return true;
  }

  /**
   * Restores the server's timeout: a proxy may reuse the connection of a gateway call for a page.
   */
  private static void resetIdleTimeout(Request request) {
    var meta = request.getConnectionMetaData();
    EndPoint connection = meta.getConnection().getEndPoint();
    long ofServer = meta.getConnector().getIdleTimeout();
    if (connection.getIdleTimeout() != ofServer) {
      connection.setIdleTimeout(ofServer);
    }
  }

  /**
   * Closes the connection, so that a client that still reads does not take a missing or partial
   * answer for a complete one.
   */
  private static void abortConnection(
      Request request, ClientRequest client, Callback callback, ClientLost lost) {
    if (client.channel().committed()) {
      callback.failed(lost);
    } else {
      request.getConnectionMetaData().getConnection().getEndPoint().close();
      callback.succeeded();
    }
  }

  private void answer(Request request, ClientRequest client)
      throws InterruptedException, ClientLost {
    try {
      serve(request, client);
    } catch (RefusedRequest refused) {
      refuse(request, client, refused.error());
    } catch (RuntimeException e) {
      if (TransientErrors.refusesChanges(e)) {
        if (services.seats().recordRefusal()) {
          log.error("Gateway requests fail: the database refuses changes", e);
        }
      } else if (!TransientErrors.isTransient(e) && !(e instanceof VaultSealedException)) {
        log.error("Gateway request {} failed", client.requestId(), e);
      }
      refuse(request, client, GatewayErrors.of(e));
    }
  }

  private void refuse(Request request, ClientRequest client, GatewayError error)
      throws InterruptedException, ClientLost {
    if (client.channel().committed()) {
      throw new ClientLost(false, new RefusedRequest(error));
    }
    if (client.admitted()) {
      drain(request, client, RequestBodyReader.drain(services.timeouts().upload()));
    } else if (error.kind() == ErrorKind.UNAVAILABLE) { // needs no slot: the token may be valid
      drain(request, client, RequestBodyReader.drain(ANONYMOUS_UPLOAD));
    } else if (anonymousSlots.admitRefusal()) { // holds no slot while a slow body is read
      drain(request, client, RequestBodyReader.drainWithin(ANONYMOUS_UPLOAD));
    } else {
      client.fail(GatewayErrors.tooManyRefusals());
      return;
    }
    client.fail(error);
  }

  private static void drain(Request request, ClientRequest client, BodyDrain body)
      throws InterruptedException {
    if (client.hasBodyToDrain()) {
      body.discard(request);
    }
  }

  private void serve(Request request, ClientRequest client)
      throws InterruptedException, ClientLost {
    if (!hostAllowed.test(client.header("host"))) {
      throw RefusedRequest.of(
          ErrorKind.WRONG_HOST,
          "This server does not answer for this host name. Use the address in its setting"
              + " KEYWHEEL_URL.");
    }
    String query = request.getHttpURI().getQuery();
    if (query != null && SECRET_IN_QUERY.matcher(query).find()) {
      throw new RefusedRequest(
          GatewayErrors.unauthorized(
              "The address contains a secret, and addresses are logged. Send the access token in"
                  + " the header Authorization, and rotate it: others may have read it."));
    }
    if (open.stopping()) {
      throw new RefusedRequest(GatewayErrors.stopping());
    }
    if (services.ledger().databaseUnavailable()) {
      throw new RefusedRequest(GatewayErrors.databaseUnavailable());
    }
    switch (Endpoint.of(request.getMethod(), request.getHttpURI().getPath())) {
      case Endpoint.Unknown(var message) -> throw RefusedRequest.of(ErrorKind.NOT_FOUND, message);
      case Endpoint.WrongMethod(var allowed) ->
          throw new RefusedRequest(GatewayErrors.wrongMethod(client, allowed));
      case Endpoint.Models _ -> {
        var token = token(request, client, GatewayOperation.MODELS);
        var models = services.models().list(token.workspaceId(), token.scope());
        sendJson(client, ModelsAnswer.all(client, models, parameters(request)));
      }
      case Endpoint.Model(var id) -> {
        var token = token(request, client, GatewayOperation.MODELS);
        var model = services.models().find(token.workspaceId(), token.scope(), id);
        sendJson(
            client,
            ModelsAnswer.one(
                client, model.orElseThrow(() -> new RefusedRequest(GatewayErrors.noModel(id)))));
      }
      case Endpoint.Call call -> {
        var current = new AtomicBoolean();
        Supplier<AccessToken> currentToken =
            () -> {
              current.set(true);
              return token(request, client, call.operation());
            };
        String address = clientAddress.apply(request);
        var token = knownToken(address, client, call);
        try {
          calls.serve(request, client, call, token, currentToken, address);
        } catch (RefusedRequest refused) {
          // A refusal because of overload must not wait for the database.
          if (!current.get() && refused.error().kind() != ErrorKind.OVERLOADED) {
            // Throws if the token is no longer valid, which is the more important error.
            var _ = currentToken.get();
          }
          throw refused;
        }
      }
    }
  }

  private static Fields parameters(Request request) {
    try {
      return Request.extractQueryParameters(request);
    } catch (IllegalArgumentException | IllegalStateException malformed) {
      throw RefusedRequest.of(
          ErrorKind.MALFORMED,
          "The query string of the URL is malformed. Check its percent-encoding.");
    }
  }

  private static void sendJson(ClientRequest client, byte[] body) throws ClientLost {
    var headers = client.headers(Map.of());
    headers.put("content-type", "application/json");
    client.channel().answer(200, headers, body);
  }

  private AccessToken token(Request request, ClientRequest client, GatewayOperation operation) {
    return admit(
        client,
        services
            .tokens()
            .verify(
                client.credential(),
                clientAddress.apply(request),
                operation,
                services.clock().instant()));
  }

  /** The token in memory, perhaps outdated; an unknown token is read from the database. */
  private AccessToken knownToken(String address, ClientRequest client, Endpoint.Call call) {
    TokenVerdict verdict =
        services
            .tokens()
            .verifyKnown(
                client.credential(), address, call.operation(), services.clock().instant());
    if (verdict instanceof TokenVerdict.NotAllowed(var token, var reason, var listed)
        && listed
        && services.ledger().accepts()) {
      var error = GatewayError.of(ErrorKind.NOT_ALLOWED, reason);
      calls.recordRefusal(client, call, token, address, error);
    }
    return admit(client, verdict);
  }

  private static AccessToken admit(ClientRequest client, TokenVerdict verdict) {
    return switch (verdict) {
      case TokenVerdict.Accepted(var token) -> {
        client.admit();
        yield token;
      }
      case TokenVerdict.Unauthorized(var reason) ->
          throw new RefusedRequest(GatewayErrors.unauthorized(reason));
      case TokenVerdict.NotAllowed(_, var reason, _) ->
          throw RefusedRequest.of(ErrorKind.NOT_ALLOWED, reason);
      case TokenVerdict.Throttled(var reason, var wait) ->
          throw new RefusedRequest(
              GatewayError.of(ErrorKind.RATE_LIMITED, reason).retryAfter(wait));
    };
  }
}
