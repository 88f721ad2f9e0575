package dev.keywheel.gateway.http;

import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.provider.ApiProtocol;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The endpoint that a method and a path below {@code /v1} select. */
public sealed interface Endpoint {

  /** A request that is passed on to a provider. */
  record Call(GatewayOperation operation, ApiProtocol protocol) implements Endpoint {}

  record Models() implements Endpoint {}

  record Model(String id) implements Endpoint {}

  /** No endpoint has this path; {@code message} is a sentence for the client. */
  record Unknown(String message) implements Endpoint {}

  /** The endpoint exists, but accepts only the methods {@code allowed}, separated by commas. */
  record WrongMethod(String allowed) implements Endpoint {}

  String PREFIX = "/v1";

  /** Endpoints for objects that a provider stores for the account that created them. */
  Pattern KEPT_BY_ACCOUNT =
      Pattern.compile(
          "/v1/(messages/)?(files|uploads|batches|assistants|threads|vector_stores|fine_tuning|realtime)"
              + "(/.*)?");

  /** The path of a request for the whole server, which no browser sends. */
  String WHOLE_SERVER = "*";

  static boolean serves(@Nullable String path) {
    return path != null
        && (path.equals(PREFIX) || path.startsWith(PREFIX + "/") || path.equals(WHOLE_SERVER));
  }

  /**
   * @param path the path as sent, with its escapes
   */
  static Endpoint of(String method, String path) {
    String models = GatewayOperation.MODELS.path();
    if (path.equals(models)) {
      return read(method, new Models());
    }
    if (path.startsWith(models + "/") && path.length() > models.length() + 1) {
      return model(method, path.substring(models.length() + 1));
    }
    for (GatewayOperation operation : GatewayOperation.values()) {
      if (operation.path().equals(path)) {
        return method.equals("POST")
            ? new Call(operation, protocol(operation))
            : new WrongMethod("POST");
      }
    }
    return new Unknown(unknown(path));
  }

  /** The server leaves out the body of an answer to {@code HEAD}. */
  private static Endpoint read(String method, Endpoint endpoint) {
    return method.equals("GET") || method.equals("HEAD") ? endpoint : new WrongMethod("GET, HEAD");
  }

  /** The endpoint of one model, whose id may contain slashes, escaped or not. */
  private static Endpoint model(String method, String id) {
    try {
      String plus = id.replace("+", "%2B"); // in a path, a plus does not mean a space
      return read(method, new Model(URLDecoder.decode(plus, StandardCharsets.UTF_8)));
    } catch (IllegalArgumentException malformed) {
      return new Unknown(unknown(""));
    }
  }

  private static ApiProtocol protocol(GatewayOperation operation) {
    return switch (operation) {
      case CHAT, MODELS -> ApiProtocol.CHAT;
      case MESSAGES -> ApiProtocol.MESSAGES;
      case RESPONSES -> ApiProtocol.RESPONSES;
      case EMBEDDINGS -> ApiProtocol.EMBEDDINGS;
      case COMPLETIONS -> ApiProtocol.COMPLETIONS;
    };
  }

  private static String unknown(String path) {
    if (path.equals("/v1/messages/count_tokens")) {
      return "The providers of this gateway do not count tokens. Do not request a count.";
    }
    if (path.startsWith("/v1/responses/")) {
      return "The providers of this gateway keep no responses, so no response can be read or"
          + " changed. Send the whole conversation with each request.";
    }
    if (KEPT_BY_ACCOUNT.matcher(path).matches()) {
      return "The gateway serves no files, batches, assistants, fine-tuning or realtime sessions: they"
          + " belong to one account of a provider, and a request may get any key of the pool.";
    }
    if (path.startsWith("/v1/v1/")) {
      return "The client adds /v1 to its base URL, as Anthropic's SDKs do. Leave it out of the base"
          + " URL.";
    }
    return "The gateway has no such endpoint. It serves /v1/chat/completions, /v1/messages,"
        + " /v1/responses, /v1/embeddings, /v1/completions and /v1/models.";
  }
}
