package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;

/** The sandbox's own controls below {@code /_control}: what OpenRouter does not have. */
final class ControlPages {

  private final Ledger ledger;
  private final Accounts accounts;
  private final Generations generations;
  private final Scenarios scenarios;
  private final ShiftedClock clock;

  ControlPages(
      Ledger ledger,
      Accounts accounts,
      Generations generations,
      Scenarios scenarios,
      ShiftedClock clock) {
    this.ledger = ledger;
    this.accounts = accounts;
    this.generations = generations;
    this.scenarios = scenarios;
    this.clock = clock;
  }

  Reply answer(String method, String page, JsonNode body) {
    return switch (method + " " + page) {
      case "GET requests" -> requests();
      case "POST reset" -> reset();
      case "POST clock" -> clock(body);
      case "POST key" -> key(body);
      case "POST scenario" -> scenario(body);
      default -> wrong("/_control has GET requests and POST reset, clock, key, scenario");
    };
  }

  private Reply requests() {
    var answer = Json.object().put("most_open", ledger.mostOpen());
    var calls = answer.putArray("requests");
    for (var call : ledger.calls()) {
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
    return Reply.json(200, answer);
  }

  Reply reset() {
    ledger.reset();
    accounts.reset();
    generations.reset();
    scenarios.reset();
    clock.reset();
    return done();
  }

  private Reply clock(JsonNode body) {
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

  private Reply key(JsonNode body) {
    var key = body.path("key").asText();
    var behaviour = behaviour(body.path("behaves").asText());
    if (key.isBlank() || behaviour.isEmpty()) {
      return wrong("key takes key and behaves (such as valid, revoked, ratelimited-90s)");
    }
    scenarios.key(key, behaviour.get());
    return done();
  }

  private Reply scenario(JsonNode body) {
    var operation = Operation.named(body.path("operation").asText());
    var behaviour = behaviour(body.path("fault").asText());
    if (operation == Operation.OTHER || behaviour.isEmpty()) {
      return wrong(
          "scenario takes operation (its name), fault (such as truncate-40) and attempt (from 1; 0 = all)");
    }
    scenarios.rule(operation, body.path("attempt").asInt(0), behaviour.get());
    return done();
  }

  /** A behaviour as it stands in a key, without the rest of the key. */
  static Optional<KeyText> behaviour(String words) {
    return KeyText.read(KeyText.PREFIX + words + "-1")
        .or(() -> KeyText.read(KeyText.PREFIX + words));
  }

  private static Reply done() {
    return Reply.json(200, Json.object().put("done", true));
  }

  private static Reply wrong(String sentence) {
    return Reply.json(400, Json.object().put("error", sentence), Map.of(), "bad request");
  }
}
