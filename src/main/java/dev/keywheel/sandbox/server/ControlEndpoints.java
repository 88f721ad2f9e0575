package dev.keywheel.sandbox.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.base.SandboxOperation;
import dev.keywheel.sandbox.faults.Accounts;
import dev.keywheel.sandbox.faults.SandboxKey;
import dev.keywheel.sandbox.faults.SandboxResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;

/** The control routes below {@code /_control}, which OpenRouter does not have. */
final class ControlEndpoints {

  private final RequestLog log;
  private final Accounts accounts;
  private final Generations generations;
  private final Scenarios scenarios;
  private final ShiftedClock clock;

  ControlEndpoints(
      RequestLog log,
      Accounts accounts,
      Generations generations,
      Scenarios scenarios,
      ShiftedClock clock) {
    this.log = log;
    this.accounts = accounts;
    this.generations = generations;
    this.scenarios = scenarios;
    this.clock = clock;
  }

  SandboxResponse answer(String method, String page, JsonNode body) {
    return switch (method + " " + page) {
      case "GET requests" -> requests();
      case "POST reset" -> reset();
      case "POST clock" -> clock(body);
      case "POST key" -> key(body);
      case "POST scenario" -> scenario(body);
      default -> wrong("/_control has GET requests and POST reset, clock, key, scenario");
    };
  }

  private SandboxResponse requests() {
    var answer = SandboxJson.object().put("most_open", log.mostOpen());
    var calls = answer.putArray("requests");
    for (var call : log.calls()) {
      calls
          .addObject()
          .put("number", call.number())
          .put("at", call.at().toString())
          .put("method", call.method())
          .put("path", call.path())
          .put("key", call.key())
          .put("operation", call.operation())
          .put("model", call.model())
          .put("status", call.status())
          .put("fault", call.fault());
    }
    return SandboxResponse.json(200, answer);
  }

  SandboxResponse reset() {
    log.reset();
    accounts.reset();
    generations.reset();
    scenarios.reset();
    clock.reset();
    return done();
  }

  private SandboxResponse clock(JsonNode body) {
    if (body.path("advance_seconds").isNumber()) {
      clock.advance(Duration.ofMillis(Math.round(body.path("advance_seconds").asDouble() * 1000)));
      return done();
    }
    try {
      clock.set(Instant.parse(body.path("at").asText()));
      return done();
    } catch (DateTimeParseException e) {
      return wrong(
          "clock takes advance_seconds (a number) or at (a time such as 2026-01-31T12:00:00Z)");
    }
  }

  private SandboxResponse key(JsonNode body) {
    var key = body.path("key").asText();
    var behaviour = behaviour(body.path("behaves").asText());
    if (key.isBlank() || behaviour.isEmpty()) {
      return wrong("key takes key and behaves (such as valid, revoked, ratelimited-90s)");
    }
    scenarios.setBehaviour(key, behaviour.get());
    return done();
  }

  private SandboxResponse scenario(JsonNode body) {
    var operation = SandboxOperation.named(body.path("operation").asText());
    var behaviour = behaviour(body.path("fault").asText());
    if (operation == SandboxOperation.OTHER || behaviour.isEmpty()) {
      return wrong(
          "scenario takes operation (its name), fault (such as truncate-40) and attempt (from 1; 0 = all)");
    }
    scenarios.addRule(operation, body.path("attempt").asInt(0), behaviour.get());
    return done();
  }

  /** Parses a behaviour that is written without the number and account of a key. */
  static Optional<SandboxKey> behaviour(String text) {
    return SandboxKey.read(SandboxKey.PREFIX + text + "-1")
        .or(() -> SandboxKey.read(SandboxKey.PREFIX + text));
  }

  private static SandboxResponse done() {
    return SandboxResponse.json(200, SandboxJson.object().put("done", true));
  }

  private static SandboxResponse wrong(String sentence) {
    return SandboxResponse.json(
        400, SandboxJson.object().put("error", sentence), Map.of(), "bad request");
  }
}
