package dev.keywheel.gateway.http;

import dev.keywheel.db.BoundedText;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.gateway.ledger.DatabaseFailure;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.secret.VaultSealedException;
import dev.keywheel.secret.shape.SecretShape;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Errors that several parts of the gateway return to clients. {@link GatewayError#body} writes them
 * in the format of the API.
 */
public final class GatewayErrors {
  private static final int MAX_MODEL_LENGTH = 100;

  private GatewayErrors() {}

  public static GatewayError unauthorized(String reason) {
    return GatewayError.of(ErrorKind.INVALID_TOKEN, reason)
        .with(Map.of("www-authenticate", "Bearer"));
  }

  public static GatewayError noModel(String asked) {
    return modelNotFound("The model " + shown(asked) + " does not exist here");
  }

  public static GatewayError noModel(GatewayOperation operation, String asked) {
    return operation == GatewayOperation.EMBEDDINGS && asked.indexOf('/') < 0
        ? GatewayError.of(
            ErrorKind.MODEL_NOT_FOUND,
            "The model "
                + shown(asked)
                + " does not exist here, or this access token may not use it. The id of an embedding"
                + " model begins with the name of its maker, such as openai/text-embedding-3-small.")
        : noModel(asked);
  }

  /** For a request that names no model. */
  public static GatewayError noDefaultModel(String model) {
    return modelNotFound(
        "The request names no model. The default model of this access token, "
            + shown(model)
            + ", does not exist here");
  }

  /**
   * @param extras the parts of the request that can run models which the token may not use
   */
  public static GatewayError extras(List<String> extras) {
    return GatewayError.of(
        ErrorKind.NOT_ALLOWED,
        limited(extras) + " Leave out what is listed, or ask for a token with provider extras.");
  }

  /**
   * For a request that names no model.
   *
   * @param model the default model of the token, one of the extras
   */
  public static GatewayError defaultModelChooses(String model, List<String> extras) {
    return GatewayError.of(
        ErrorKind.NOT_ALLOWED,
        limited(extras)
            + " The request names no model, so it gets the default model of this access token, "
            + shown(model)
            + ", which lets the provider choose the model. Name another model"
            + (extras.size() == 1 ? "" : " and leave out the rest")
            + ", or ask for a token with provider extras.");
  }

  private static String limited(List<String> extras) {
    return "This access token is limited to some models, and the following can run other models: "
        + SecretShape.PREFIXED.masked(String.join(", ", extras))
        + ".";
  }

  private static GatewayError modelNotFound(String sentence) {
    return GatewayError.of(
        ErrorKind.MODEL_NOT_FOUND,
        sentence
            + ", or this access token may not use it. GET /v1/models lists those that it may use.");
  }

  private static String shown(String model) {
    String text = SecretShape.PREFIXED.masked(model);
    return text.length() <= MAX_MODEL_LENGTH
        ? text
        : BoundedText.start(text, MAX_MODEL_LENGTH) + "…";
  }

  public static GatewayError noResponse() {
    return GatewayError.of(
        ErrorKind.RESPONSE_NOT_FOUND,
        "The request continues a response of an account that has no usable key now, and no other"
            + " account knows it. Send the whole conversation, without the id and the encrypted"
            + " reasoning.");
  }

  /**
   * @param request the earlier request with the same {@code Idempotency-Key}
   */
  public static GatewayError repeated(UUID request, GatewayRequestState state) {
    String named = "The request " + RequestId.of(request) + " with the same Idempotency-Key ";
    return switch (state) {
      case IN_FLIGHT ->
          GatewayError.of(ErrorKind.REQUEST_RUNNING, named + "is still running.")
              .retryAfter(Duration.ofSeconds(1));
      case OK ->
          GatewayError.of(
                  ErrorKind.REQUEST_REPEATED,
                  named
                      + "was answered. Its answer is not stored: send a new Idempotency-Key to ask again.")
              .noRetry();
      case CLIENT_GONE, ABORTED, TRUNCATED, REFUSED, FAILED, UNKNOWN ->
          GatewayError.of(
                  ErrorKind.REQUEST_REPEATED,
                  named
                      + "ended as "
                      + state.code()
                      + "; the provider may have charged for it. Send a new Idempotency-Key to ask again.")
              .noRetry();
    };
  }

  /** Codex falls back to HTTP after status 426, and repeats its attempt after any other status. */
  public static GatewayError wrongMethod(ClientRequest client, String allowed) {
    String methods = allowed.replace(", ", " and ");
    var error =
        client.header("upgrade").equalsIgnoreCase("websocket")
            ? GatewayError.of(
                    ErrorKind.WEBSOCKET_NOT_SUPPORTED,
                    "The gateway does not support WebSocket. This endpoint accepts only "
                        + methods
                        + " over HTTP.")
                .with(Map.of("upgrade", "HTTP/1.1", "connection", "Upgrade"))
            : GatewayError.of(
                ErrorKind.METHOD_NOT_ALLOWED, "This endpoint accepts only " + methods + ".");
    return error.with(Map.of("allow", allowed));
  }

  /** For a client without a valid token, when too many such clients wait for their refusals. */
  public static GatewayError tooManyRefusals() {
    return GatewayError.of(
            ErrorKind.RATE_LIMITED,
            "Too many requests without a valid access token arrive at this node. Try again in a"
                + " moment.")
        .retryAfter(AnonymousSlots.MAX_WAIT);
  }

  public static GatewayError overloaded(String reason) {
    return GatewayError.of(ErrorKind.OVERLOADED, reason + " Try again in a moment.")
        .retryAfter(Duration.ofSeconds(1));
  }

  public static GatewayError aborted() {
    return GatewayError.of(ErrorKind.ABORTED, "A user of the gateway ended this request.")
        .noRetry();
  }

  public static GatewayError stopping() {
    return GatewayError.of(
            ErrorKind.UNAVAILABLE, "This node is stopping or restarting. Try again in a moment.")
        .retryAfter(Duration.ofSeconds(1));
  }

  public static GatewayError databaseUnavailable() {
    return unavailable(DatabaseFailure.UNAVAILABLE);
  }

  public static GatewayError of(Throwable e) {
    if (e instanceof VaultSealedException) {
      return unavailable("The gateway is sealed: it cannot read its keys now.");
    }
    return TransientErrors.isOfDatabase(e) ? unavailable(DatabaseFailure.sentence(e)) : internal();
  }

  private static GatewayError unavailable(String message) {
    return GatewayError.of(ErrorKind.UNAVAILABLE, message).retryAfter(Duration.ofSeconds(2));
  }

  public static GatewayError internal() {
    return GatewayError.of(
        ErrorKind.INTERNAL,
        "The gateway failed to process this request. Its log has the details under the request id.");
  }
}
