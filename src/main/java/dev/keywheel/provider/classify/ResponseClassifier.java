package dev.keywheel.provider.classify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Failed;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.http.RequestContext;
import dev.keywheel.provider.http.RequestKind;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds the row of the decision table for an observation. {@link UpstreamErrorClassifier} finds the
 * row for an error, such as one with status 402.
 */
final class ResponseClassifier {
  /** Plain-text refusals of the edge network, without an HTML page. */
  private static final Pattern EDGE_REFUSAL =
      Pattern.compile("error code: 10\\d\\d\\b.*", Pattern.CASE_INSENSITIVE);

  private final Reply reply;
  private final RequestContext requestContext;
  private final String body;
  private final String contentType;

  private ResponseClassifier(Reply reply, RequestContext requestContext) {
    this.reply = reply;
    this.requestContext = requestContext;
    this.body = text(reply.body());
    this.contentType = reply.header("content-type").toLowerCase(Locale.ROOT);
  }

  static Classification of(Observation seen, RequestContext requestContext) {
    return switch (seen) {
      case Observation.Unsendable _ ->
          Classification.of(
              ResponseKind.MALFORMED_KEY, "the key contains characters that no key can have");
      case Failed failed -> ofFailure(failed);
      case Reply reply -> new ResponseClassifier(reply, requestContext).classify();
    };
  }

  private static Classification ofFailure(Failed failed) {
    ResponseKind responseKind =
        switch (failed.error()) {
          case DNS, REFUSED, NO_ROUTE, CONNECT_TIMEOUT, TLS, NO_SOCKET -> ResponseKind.UNREACHABLE;
          case RESET -> ResponseKind.RESET;
          case TIMEOUT, INTERRUPTED -> ResponseKind.TIMED_OUT;
        };
    return Classification.of(responseKind, failed.error());
  }

  private Classification classify() {
    if (reply.status() >= 300 && reply.status() < 400) {
      return Classification.of(ResponseKind.REDIRECT, "redirected to " + reply.header("location"));
    }
    if (isHtml() || EDGE_REFUSAL.matcher(body).matches()) {
      return page(byHtml());
    }
    return reply.success() ? success() : failure();
  }

  /**
   * A page with status 429 may limit the key, but the wait in its headers is ignored, because it
   * may not be about the key.
   */
  private Classification page(ResponseKind kind) {
    Map<String, String> headers = kind == ResponseKind.BARE_LIMIT ? Map.of() : reply.headers();
    return Classification.of(kind, UpstreamError.ofText("", reply.status(), headers), body);
  }

  private boolean isHtml() {
    return body.startsWith("<") || (contentType.startsWith("text/html") && !looksLikeJson());
  }

  private boolean looksLikeJson() {
    return body.startsWith("{") || body.startsWith("[");
  }

  /**
   * An HTML page comes from the edge network, a proxy or a wrong address. Without a sign of a
   * block, only its status counts; another key, or the key check, then shows whether the key is the
   * cause.
   */
  private ResponseKind byHtml() {
    return switch (reply.status()) {
      case 401 -> orBlock(ResponseKind.KEY_REFUSED);
      case 403 -> orBlock(ResponseKind.BARE_REFUSAL);
      case 429 -> orBlock(ResponseKind.BARE_LIMIT);
      case 503 -> orBlock(ResponseKind.SERVER);
      case 400, 422 -> ResponseKind.INVALID;
      case 402 -> ResponseKind.UNKNOWN;
      case 408 -> ResponseKind.SERVER;
      // A proxy in front of the provider refuses the request's size.
      case 413 -> ResponseKind.TOO_LONG;
      default -> reply.status() >= 500 ? ResponseKind.SERVER : ResponseKind.HTML_ANSWER;
    };
  }

  private ResponseKind orBlock(ResponseKind otherwise) {
    return AddressBlockPage.is(reply, body) ? ResponseKind.ADDRESS_BLOCKED : otherwise;
  }

  private Classification failure() {
    Optional<JsonNode> json = LenientJson.parseReplacing(reply.body());
    if (json.isEmpty() && reply.status() == 404) { // of a proxy, or at a wrong address
      return Classification.of(ResponseKind.NOT_JSON, body);
    }
    UpstreamError upstreamError =
        json.map(root -> UpstreamError.of(root, reply.status(), reply.headers()))
            .orElseGet(() -> UpstreamError.ofText(body, reply.status(), reply.headers()));
    return classifyError(upstreamError);
  }

  private Classification classifyError(UpstreamError upstreamError) {
    return Classification.of(
        UpstreamErrorClassifier.row(upstreamError, requestContext), upstreamError, body);
  }

  private Classification success() {
    if (reply.end() == End.TOO_BIG) {
      return Classification.of(
          ResponseKind.TOO_BIG, "the answer is larger than " + reply.body().length + " bytes");
    }
    if (EventStream.looksLike(body, contentType)) {
      return stream();
    }
    return LenientJson.parse(reply.body())
        .or(() -> LenientJson.parseReplacing(reply.body()).filter(UpstreamError::isIn))
        .map(this::json)
        .orElseGet(this::unreadable);
  }

  private Classification unreadable() {
    return switch (reply.end()) {
      case LATE ->
          Classification.of(
              body.isEmpty() ? ResponseKind.ONLY_KEEP_ALIVE : ResponseKind.TIMED_OUT, body);
      case CUT -> Classification.of(ResponseKind.CUT, body);
      case WHOLE, TOO_BIG -> Classification.of(unreadableKind(), body);
    };
  }

  private ResponseKind unreadableKind() {
    if (body.isEmpty()) {
      return ResponseKind.NO_BODY;
    }
    return looksLikeJson() ? ResponseKind.CUT : ResponseKind.NOT_JSON;
  }

  private Classification stream() {
    if (EventStream.onlyKeepAlive(body)) {
      return Classification.of(
          reply.end() == End.LATE ? ResponseKind.ONLY_KEEP_ALIVE : ResponseKind.CUT_STREAM, body);
    }
    EventStream events = EventStream.of(body);
    if (UpstreamError.isIn(events.root())) {
      return classifyError(UpstreamError.of(events.root(), reply.status(), reply.headers()))
          .insideOf(ResponseKind.STREAM_ERROR);
    }
    if (!events.ended()) {
      return Classification.of(
          reply.end() == End.LATE ? ResponseKind.TIMED_OUT : ResponseKind.CUT_STREAM, body);
    }
    return completion(events.root());
  }

  private Classification json(JsonNode root) {
    if (UpstreamError.isIn(root)) {
      return classifyError(UpstreamError.of(root, reply.status(), reply.headers()))
          .insideOf(ResponseKind.ERROR_INSIDE_SUCCESS);
    }
    return switch (requestContext.kind()) {
      case KEY_CHECK ->
          root.path("data").isObject()
              ? Classification.facts(root.path("data"))
              : Classification.of(ResponseKind.UNKNOWN, body);
      case CHAT, IMAGE -> completion(root);
    };
  }

  private Classification completion(JsonNode root) {
    Completion answer = Completion.of(root);
    String words = answer.finish().isEmpty() ? "no finish reason" : "finish " + answer.finish();
    if (answer.failed()) {
      return choiceError(root, answer);
    }
    if (answer.finish().equals("content_filter")) {
      return Classification.of(ResponseKind.CONTENT_FILTER, answer, words);
    }
    if (usable(answer)) {
      return Classification.of(ResponseKind.USABLE, answer, words);
    }
    if (!answer.refusal().isBlank()) {
      return Classification.of(ResponseKind.REFUSED, answer, answer.refusal());
    }
    return Classification.of(
        answer.cut() ? ResponseKind.REASONING_ONLY : ResponseKind.EMPTY, answer, body);
  }

  private boolean usable(Completion answer) {
    return requestContext.kind() == RequestKind.IMAGE
        ? answer.image() != null
        : !answer.text().isBlank();
  }

  /** Discards the partial text. The error inside decides, if its kind is known. */
  private Classification choiceError(JsonNode root, Completion answer) {
    UpstreamError upstreamError =
        UpstreamError.of(root, answer.choiceError(), reply.status(), reply.headers());
    ResponseKind responseKind = UpstreamErrorClassifier.row(upstreamError, requestContext);
    return Classification.of(
            responseKind == ResponseKind.ERROR_INSIDE_SUCCESS
                ? ResponseKind.CHOICE_ERROR
                : responseKind,
            upstreamError,
            body)
        .insideOf(ResponseKind.CHOICE_ERROR)
        .answeredBy(answer);
  }

  private static String text(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).strip();
    return text.startsWith("\uFEFF") ? text.substring(1).strip() : text;
  }
}
