package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;

/** From a request to its answer: who asks, what for, how long it takes, how it goes out. */
final class Routes implements HttpHandler {

  private static final int LARGEST_BODY = 4 << 20;

  private final SandboxOptions options;
  private final Ledger ledger;
  private final Scenarios scenarios;
  private final ShiftedClock clock;
  private final Accounts accounts;
  private final Completions completions;
  private final AccountPages accountPages;
  private final ControlPages controlPages;
  private final CountDownLatch closed = new CountDownLatch(1);

  Routes(SandboxOptions options, Ledger ledger, Scenarios scenarios, ShiftedClock clock) {
    this.options = options;
    this.ledger = ledger;
    this.scenarios = scenarios;
    this.clock = clock;
    this.accounts = new Accounts(options.freePerMinute());
    var generations = new Generations();
    this.completions = new Completions(accounts, generations, options.seed());
    this.accountPages = new AccountPages(accounts, generations);
    this.controlPages = new ControlPages(ledger, accounts, generations, scenarios, clock);
  }

  void reset() {
    controlPages.reset();
  }

  /** Lets go of the callers that get no answer. */
  void release() {
    closed.countDown();
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    try (exchange) {
      if (!Outgoing.askedOnLoopback(exchange)) {
        Outgoing.write(
            exchange, Refusal.badRequest("the sandbox answers on loopback only"), closed);
      } else if (path.startsWith("/_control/")) {
        control(exchange, path.substring("/_control/".length()));
      } else if (path.startsWith(Sandbox.BASE + "/")) {
        api(exchange, path.substring(Sandbox.BASE.length()));
      } else {
        Outgoing.write(exchange, notFound(), closed);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void control(HttpExchange exchange, String page)
      throws IOException, InterruptedException {
    var body = Json.read(exchange.getRequestBody().readAllBytes()).orElse(Json.object());
    Outgoing.write(exchange, controlPages.answer(exchange.getRequestMethod(), page, body), closed);
  }

  private void api(HttpExchange exchange, String path) throws IOException, InterruptedException {
    var bearer = bearer(exchange);
    var ticket = ledger.opened(clock.instant(), exchange.getRequestMethod(), path, bearer);
    try {
      var body = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
      var asked =
          new Asked(
              exchange.getRequestMethod() + " " + path, bearer, body, query(exchange), ticket);
      var reply = body.length > LARGEST_BODY ? tooLarge() : answer(asked);
      ledger.answered(ticket, Outgoing.status(reply), reply.fault());
      Outgoing.write(exchange, reply, closed);
    } finally {
      ledger.closed(path);
    }
  }

  /** A request, read. {@code route} is the method and the path below the base. */
  private record Asked(String route, String bearer, byte[] body, String query, long ticket) {}

  private Reply answer(Asked asked) throws InterruptedException {
    if (asked.route.equals("GET /models")) {
      return Reply.json(200, Catalogue.listing());
    }
    if (!isRoute(asked.route)) {
      return notFound();
    }
    if (asked.bearer.isEmpty()) {
      return Refusal.noCredentials();
    }
    var key = scenarios.read(asked.bearer);
    return key.isEmpty() ? Refusal.userNotFound("unknown key") : keyed(asked, key.get());
  }

  private static boolean isRoute(String route) {
    return switch (route) {
      case "POST /chat/completions",
          "POST /images",
          "GET /key",
          "GET /auth/key",
          "GET /credits",
          "GET /generation" ->
          true;
      default -> false;
    };
  }

  private Reply keyed(Asked asked, KeyText key) throws InterruptedException {
    return switch (asked.route) {
      case "POST /chat/completions" -> chat(asked, key);
      case "POST /images" -> image(asked, key);
      default -> account(asked, key);
    };
  }

  private Reply account(Asked asked, KeyText key) throws InterruptedException {
    ledger.understood(asked.ticket, Operation.ACCOUNT, "");
    var now = clock.instant();
    var behaving = asked.route.endsWith("/key") ? scenarios.forCall(key, Operation.ACCOUNT) : key;
    wait(Operation.ACCOUNT, asked);
    return switch (asked.route) {
      case "GET /credits" -> accountPages.credits(behaving);
      case "GET /generation" -> accountPages.generation(asked.query);
      default -> accountPages.key(behaving, now);
    };
  }

  private Reply chat(Asked asked, KeyText key) throws InterruptedException {
    var body = Json.read(asked.body);
    if (body.isEmpty()) {
      return Refusal.badRequest("Input must have at least 1 token.");
    }
    return switch (ChatCall.read(body.get())) {
      case ChatCall.Reading.Unreadable(var why) -> Refusal.badRequest(why);
      case ChatCall.Reading.Readable(var call) -> {
        ledger.understood(asked.ticket, call.operation(), call.model());
        var behaving = scenarios.forCall(key, call.operation());
        yield worked(
            asked,
            behaving,
            call.operation(),
            () -> completions.chat(behaving, call, clock.instant()));
      }
    };
  }

  private Reply image(Asked asked, KeyText key) throws InterruptedException {
    Optional<JsonNode> body = Json.read(asked.body);
    if (body.isEmpty()) {
      return Refusal.badRequest("Input must have at least 1 token.");
    }
    ledger.understood(asked.ticket, Operation.IMAGE, body.get().path("model").asText());
    var behaving = scenarios.forCall(key, Operation.IMAGE);
    return worked(
        asked,
        behaving,
        Operation.IMAGE,
        () -> completions.image(behaving, body.get(), clock.instant()));
  }

  private Reply worked(
      Asked asked, KeyText key, Operation operation, java.util.function.Supplier<Reply> work)
      throws InterruptedException {
    var now = clock.instant();
    accounts.with(
        key,
        now,
        memory -> {
          memory.completions++;
          return ++memory.open;
        });
    try {
      var reply = work.get();
      wait(Outgoing.status(reply) == 200 ? operation : Operation.ACCOUNT, asked);
      options.pause().sleep(Faults.slowness(key));
      return reply;
    } finally {
      accounts.with(key, now, memory -> --memory.open);
    }
  }

  private void wait(Operation operation, Asked asked) throws InterruptedException {
    RandomGenerator random =
        Hash.of(options.seed(), asked.bearer, new String(asked.body, StandardCharsets.UTF_8))
            .random();
    Duration duration = options.latency().of(operation, random);
    if (duration.isPositive()) {
      options.pause().sleep(duration);
    }
  }

  private static String bearer(HttpExchange exchange) {
    var header =
        Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")).orElse("");
    return header.startsWith("Bearer ") ? header.substring("Bearer ".length()).strip() : "";
  }

  /** The value of {@code ?id=}. */
  private static String query(HttpExchange exchange) {
    var query = Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
    return query.startsWith("id=")
        ? URLDecoder.decode(query.substring(3), StandardCharsets.UTF_8)
        : "";
  }

  private static Reply tooLarge() {
    return Reply.json(
        413, Refusal.body(413, "Request body too large"), java.util.Map.of(), "too large");
  }

  /** OpenRouter answers a wrong path with a page of its web site. */
  private static Reply notFound() {
    return Reply.html(
        404,
        "<!DOCTYPE html><html><head><title>Not Found | OpenRouter</title></head><body>404</body></html>",
        "wrong path");
  }
}
