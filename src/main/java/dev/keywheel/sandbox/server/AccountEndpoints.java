package dev.keywheel.sandbox.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.faults.Accounts;
import dev.keywheel.sandbox.faults.ErrorResponses;
import dev.keywheel.sandbox.faults.KeyFaults;
import dev.keywheel.sandbox.faults.SandboxKey;
import dev.keywheel.sandbox.faults.SandboxResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Answers {@code GET /key}, {@code /credits} and {@code /generation}. */
final class AccountEndpoints {

  private static final double PURCHASED_DOLLARS = 25;

  private final Accounts accounts;
  private final Generations generations;
  private final KeyFaults faults;

  AccountEndpoints(Accounts accounts, Generations generations) {
    this.accounts = accounts;
    this.generations = generations;
    this.faults = new KeyFaults(accounts);
  }

  /** Answers a key check, which is free and does not count against a quota. */
  SandboxResponse key(SandboxKey key, Instant now) {
    var checks = accounts.recordCheck(key, now);
    return switch (key.behaviour()) {
      case "revoked", "html502", "cdn429" -> refused(key.behaviour(), key, now);
      case "recover" -> checks > key.amount() ? facts(key, now) : refused("revoked", key, now);
      case "ratelimited" -> faults.rateLimited(key, now).orElseGet(() -> facts(key, now));
      case "hang" -> new SandboxResponse.Silence(key.behaviour());
      default -> facts(key, now);
    };
  }

  private static SandboxResponse refused(String error, SandboxKey key, Instant now) {
    return ErrorResponses.of(error, key, "", now, Map.of());
  }

  SandboxResponse credits(SandboxKey key, Instant now) {
    if (key.behaviour().equals("revoked")) {
      return refused("revoked", key, now);
    }
    var bought = key.behaviour().equals("freetier") ? 0 : PURCHASED_DOLLARS;
    var used = key.behaviour().equals("exhausted") ? PURCHASED_DOLLARS : accounts.spent(key);
    return data(SandboxJson.object().put("total_credits", bought).put("total_usage", used));
  }

  SandboxResponse generation(String id) {
    return generations
        .find(id)
        .map(AccountEndpoints::data)
        .orElseGet(() -> ErrorResponses.error("generation", "unknown id", id));
  }

  private static SandboxResponse data(JsonNode data) {
    return SandboxResponse.json(200, SandboxJson.object().set("data", data));
  }

  private SandboxResponse facts(SandboxKey key, Instant now) {
    var behaviour = key.behaviour();
    var used = accounts.spent(key);
    var freeLimit = accounts.freeLimit(key, now);
    var freeLeft = behaviour.equals("daily") ? 0 : freeLimit - accounts.freeUsed(key, now);
    var capped = behaviour.equals("exhausted") || behaviour.equals("keycap");
    var low = behaviour.equals("afford");
    var values = new HashMap<String, Object>();
    values.put("label", SandboxKey.PREFIX + "…" + key.ending());
    values.put("used", used);
    values.put("freetier", behaviour.equals("freetier"));
    values.put("management", behaviour.equals("management"));
    values.put("user", Accounts.userId(key.account()));
    values.put("limit", capped || low ? 5 : PURCHASED_DOLLARS);
    values.put("left", capped ? 0 : low ? 0.01 : PURCHASED_DOLLARS - used);
    values.put("reset", capped ? "daily" : "monthly");
    values.put(
        "expires", behaviour.equals("expired") ? now.minus(Duration.ofDays(1)).toString() : null);
    values.put("freeLimit", freeLimit);
    values.put("freeLeft", freeLeft);
    values.put("freeUsed", freeLimit - freeLeft);
    return data(SandboxJson.response("key", values));
  }
}
