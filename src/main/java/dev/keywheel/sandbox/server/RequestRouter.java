package dev.keywheel.sandbox.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.keywheel.sandbox.base.ChatCall;
import dev.keywheel.sandbox.base.Hash;
import dev.keywheel.sandbox.base.OfferedModels;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.base.SandboxOperation;
import dev.keywheel.sandbox.faults.Accounts;
import dev.keywheel.sandbox.faults.ErrorResponses;
import dev.keywheel.sandbox.faults.KeyFaults;
import dev.keywheel.sandbox.faults.SandboxKey;
import dev.keywheel.sandbox.faults.SandboxResponse;
import dev.keywheel.sandbox.protocol.SandboxProtocol;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Routes requests: authenticates, dispatches, applies delays and writes the answer. */
final class RequestRouter implements HttpHandler {

  private static final int MAX_BODY_BYTES = 4 << 20;

  private final SandboxOptions options;
  private final RequestLog log;
  private final Scenarios scenarios;
  private final ShiftedClock clock;
  private final Accounts accounts;
  private final Completions completions;
  private final AccountEndpoints accountEndpoints;
  private final ControlEndpoints controlEndpoints;
  private final CountDownLatch closed = new CountDownLatch(1);

  RequestRouter(SandboxOptions options, RequestLog log, Scenarios scenarios, ShiftedClock clock) {
    this.options = options;
    this.log = log;
    this.scenarios = scenarios;
    this.clock = clock;
    this.accounts = new Accounts(options.freePerMinute());
    var generations = new Generations();
    this.completions = new Completions(accounts, generations, options.seed());
    this.accountEndpoints = new AccountEndpoints(accounts, generations);
    this.controlEndpoints = new ControlEndpoints(log, accounts, generations, scenarios, clock);
  }

  void reset() {
    controlEndpoints.reset();
  }

  /** Ends the calls that wait for an answer. */
  void release() {
    closed.countDown();
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    try (exchange) {
      if (!ResponseWriter.isForLoopback(exchange)) {
        write(exchange, ErrorResponses.badRequest("the sandbox answers on loopback only"));
      } else if (path.startsWith("/_control/")) {
        control(exchange, path.substring("/_control/".length()));
      } else if (path.startsWith(Sandbox.BASE + "/")) {
        api(exchange, path.substring(Sandbox.BASE.length()));
      } else {
        write(exchange, notFound());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void control(HttpExchange exchange, String page)
      throws IOException, InterruptedException {
    var body =
        SandboxJson.read(exchange.getRequestBody().readAllBytes()).orElse(SandboxJson.object());
    write(exchange, controlEndpoints.answer(exchange.getRequestMethod(), page, body));
  }

  private void write(HttpExchange exchange, SandboxResponse reply)
      throws IOException, InterruptedException {
    ResponseWriter.write(exchange, reply, Duration.ZERO, closed);
  }

  private void api(HttpExchange exchange, String path) throws IOException, InterruptedException {
    var bearer = bearer(exchange);
    var ticket = log.recordCall(clock.instant(), exchange.getRequestMethod(), path, bearer);
    try {
      var body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
      var request =
          new Incoming(
              exchange.getRequestMethod() + " " + path, bearer, body, id(exchange), ticket);
      var reply = body.length > MAX_BODY_BYTES ? tooLarge() : answer(request);
      log.recordAnswer(ticket, ResponseWriter.status(reply), reply.fault());
      ResponseWriter.write(exchange, reply, pace(reply, request), closed);
    } finally {
      log.recordEnd(path);
    }
  }

  /** A received request. {@code route} is the method and the path below the base. */
  private record Incoming(String route, String bearer, byte[] body, String id, long ticket) {
    String path() {
      return route.substring(route.indexOf(' ') + 1);
    }
  }

  private SandboxResponse answer(Incoming request) throws InterruptedException {
    if (request.route.equals("GET /models")) {
      return SandboxResponse.json(200, OfferedModels.listing());
    }
    if (!isRoute(request.route)) {
      return notFound();
    }
    if (request.bearer.isEmpty()) {
      return ErrorResponses.error("nokey", "no key", "");
    }
    var key = scenarios.read(request.bearer);
    return key.isEmpty()
        ? ErrorResponses.error("revoked", "unknown key", "")
        : withKey(request, key.get());
  }

  private static boolean isRoute(String route) {
    return switch (route) {
      case "POST /chat/completions",
          "POST /messages",
          "POST /responses",
          "POST /completions",
          "POST /embeddings",
          "POST /images",
          "GET /key",
          "GET /auth/key",
          "GET /credits",
          "GET /generation" ->
          true;
      default -> false;
    };
  }

  private SandboxResponse withKey(Incoming request, SandboxKey key) throws InterruptedException {
    return switch (request.route) {
      case "POST /chat/completions", "POST /messages", "POST /responses", "POST /completions" ->
          chat(request, key);
      case "POST /embeddings" ->
          runCounted(
              request,
              key,
              SandboxOperation.OTHER,
              (behaviour, body) -> completions.embeddings(behaviour, body, clock.instant()));
      case "POST /images" ->
          runCounted(
              request,
              key,
              SandboxOperation.IMAGE,
              (behaviour, body) -> completions.image(behaviour, body, clock.instant()));
      default -> account(request, key);
    };
  }

  private SandboxResponse account(Incoming request, SandboxKey key) throws InterruptedException {
    log.recordOperation(request.ticket, SandboxOperation.ACCOUNT, "");
    var now = clock.instant();
    var behaviour =
        request.route.endsWith("/key") ? scenarios.forCall(key, SandboxOperation.ACCOUNT) : key;
    wait(SandboxOperation.ACCOUNT, request);
    return switch (request.route) {
      case "GET /credits" -> accountEndpoints.credits(behaviour, now);
      case "GET /generation" -> accountEndpoints.generation(request.id);
      default -> accountEndpoints.key(behaviour, now);
    };
  }

  private SandboxResponse chat(Incoming request, SandboxKey key) throws InterruptedException {
    var protocol = SandboxProtocol.ofPath(request.path());
    var body = SandboxJson.read(request.body).filter(JsonNode::isObject);
    if (body.isEmpty()) {
      return protocol.error(ErrorResponses.badRequest("Input must have at least 1 token."));
    }
    if (request.path().equals("/responses") && body.get().hasNonNull("previous_response_id")) {
      return protocol.error(
          ErrorResponses.badRequest("previous_response_id: responses are not stored"));
    }
    return switch (ChatCall.read(protocol.asChat(body.get()))) {
      case ChatCall.Reading.Unreadable(var why) -> protocol.error(ErrorResponses.badRequest(why));
      case ChatCall.Reading.Parsed(var call) -> {
        log.recordOperation(request.ticket, call.operation(), call.model());
        var behaviour = scenarios.forCall(key, call.operation());
        yield runCounted(
            request,
            behaviour,
            call.operation(),
            () -> completions.chat(behaviour, call, protocol, clock.instant()));
      }
    };
  }

  private SandboxResponse runCounted(
      Incoming request,
      SandboxKey key,
      SandboxOperation operation,
      BiFunction<SandboxKey, JsonNode, SandboxResponse> work)
      throws InterruptedException {
    Optional<JsonNode> body = SandboxJson.read(request.body);
    if (body.isEmpty()) {
      return ErrorResponses.badRequest("Input must have at least 1 token.");
    }
    log.recordOperation(request.ticket, operation, body.get().path("model").asText());
    var behaviour = scenarios.forCall(key, operation);
    return runCounted(request, behaviour, operation, () -> work.apply(behaviour, body.get()));
  }

  private SandboxResponse runCounted(
      Incoming request, SandboxKey key, SandboxOperation operation, Supplier<SandboxResponse> work)
      throws InterruptedException {
    var now = clock.instant();
    accounts.recordCallStart(key, now);
    try {
      var reply = work.get();
      boolean answers = ResponseWriter.status(reply) == 200;
      boolean paced = reply instanceof SandboxResponse.Events;
      wait(answers && !paced ? operation : SandboxOperation.ACCOUNT, request);
      options.pause().sleep(KeyFaults.extraDelay(key));
      return reply;
    } finally {
      accounts.recordCallEnd(key, now);
    }
  }

  /** Spreads the time of a completion over the events of its stream. */
  private Duration pace(SandboxResponse reply, Incoming request) {
    return reply instanceof SandboxResponse.Events events
        ? time(SandboxOperation.OTHER, request).dividedBy(Math.max(1, events.events().size()))
        : Duration.ZERO;
  }

  private Duration time(SandboxOperation operation, Incoming request) {
    RandomGenerator random =
        Hash.of(options.seed(), request.bearer, new String(request.body, StandardCharsets.UTF_8))
            .random();
    return options.latency().of(operation, random);
  }

  private void wait(SandboxOperation operation, Incoming request) throws InterruptedException {
    Duration duration = time(operation, request);
    if (duration.isPositive()) {
      options.pause().sleep(duration);
    }
  }

  private static String bearer(HttpExchange exchange) {
    var headers = exchange.getRequestHeaders();
    var header = Optional.ofNullable(headers.getFirst("Authorization")).orElse("");
    return header.startsWith("Bearer ") ? header.substring("Bearer ".length()).strip() : "";
  }

  /** The value of the first query parameter {@code id}; empty if there is none. */
  private static String id(HttpExchange exchange) {
    var query = Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
    return Stream.of(query.split("&"))
        .filter(parameter -> parameter.startsWith("id="))
        .findFirst()
        .map(id -> URLDecoder.decode(id.substring(3), StandardCharsets.UTF_8))
        .orElse("");
  }

  private static SandboxResponse tooLarge() {
    return ErrorResponses.error("toolarge", "too large", "");
  }

  /** OpenRouter answers a wrong path with an HTML page. */
  private static SandboxResponse notFound() {
    return SandboxResponse.html(
        404,
        "<!DOCTYPE html><html><head><title>Not Found | OpenRouter</title></head><body>404</body></html>",
        "wrong path");
  }
}
