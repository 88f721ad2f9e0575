package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Answers {@code GET /key}, {@code /credits} and {@code /generation}. */
final class AccountPages {

  private static final double BOUGHT = 25;

  private final Accounts accounts;
  private final Generations generations;
  private final Faults faults;

  AccountPages(Accounts accounts, Generations generations) {
    this.accounts = accounts;
    this.generations = generations;
    this.faults = new Faults(accounts);
  }

  /**
   * The key's own page: what a check of a key reads. Costs nothing and takes nothing from a quota.
   */
  Reply key(KeyText key, Instant now) {
    var checks = accounts.with(key, now, memory -> ++memory.checks);
    var refused =
        Optional.<Reply>ofNullable(
            switch (key.behaviour()) {
              case "revoked" -> Refusal.userNotFound(key.behaviour());
              case "recover" ->
                  checks > key.amount() ? null : Refusal.userNotFound(key.behaviour());
              case "ratelimited" -> faults.rateLimited(key, now).orElse(null);
              case "hang" -> new Reply.Silence(key.behaviour());
              case "html502" -> Refusal.errorPage(key, "502: Bad gateway", 502);
              case "cdn429" ->
                  Refusal.errorPage(key, "Error 1015: You are being rate limited", 429);
              default -> null;
            });
    return refused.orElseGet(() -> Reply.json(200, Json.object().set("data", facts(key, now))));
  }

  Reply credits(KeyText key) {
    if (key.behaviour().equals("revoked")) {
      return Refusal.userNotFound(key.behaviour());
    }
    var bought = key.behaviour().equals("freetier") ? 0 : BOUGHT;
    var used = key.behaviour().equals("exhausted") ? BOUGHT : used(key);
    var data = Json.object().put("total_credits", bought).put("total_usage", used);
    return Reply.json(200, Json.object().set("data", data));
  }

  Reply generation(String id) {
    return generations
        .find(id)
        .map(data -> (Reply) Reply.json(200, Json.object().set("data", data)))
        .orElseGet(
            () ->
                Reply.json(
                    404,
                    Refusal.body(404, "Generation " + id + " not found"),
                    Map.of(),
                    "unknown id"));
  }

  private ObjectNode facts(KeyText key, Instant now) {
    var used = used(key);
    var data =
        Json.object()
            .put(
                "label",
                KeyText.PREFIX + "…" + key.text().substring(Math.max(0, key.text().length() - 3)));
    for (var name : new String[] {"usage", "usage_daily", "usage_weekly", "usage_monthly"}) {
      data.put(name, used);
    }
    for (var name :
        new String[] {
          "byok_usage", "byok_usage_daily", "byok_usage_weekly", "byok_usage_monthly"
        }) {
      data.put(name, 0);
    }
    var management = key.behaviour().equals("management");
    data.put("include_byok_in_limit", false)
        .put("is_free_tier", key.behaviour().equals("freetier"))
        .put("is_management_key", management)
        .put("is_provisioning_key", management)
        .put("creator_user_id", Accounts.userId(key.account()))
        .putNull("organization_id")
        .putNull("workspace_id");
    putLimit(data, key, used);
    putExpiry(data, key, now);
    putFree(data, key, now);
    data.putObject("rate_limit")
        .put("requests", -1)
        .put("interval", "10s")
        .put("note", "This field is deprecated and safe to ignore.");
    data.putArray("allowed_data_regions").add("global");
    return data;
  }

  private static void putLimit(ObjectNode data, KeyText key, double used) {
    switch (key.behaviour()) {
      case "exhausted", "keycap" ->
          data.put("limit", 5).put("limit_remaining", 0).put("limit_reset", "daily");
      case "afford" ->
          data.put("limit", 5).put("limit_remaining", 0.01).put("limit_reset", "monthly");
      default ->
          data.put("limit", BOUGHT)
              .put("limit_remaining", BOUGHT - used)
              .put("limit_reset", "monthly");
    }
  }

  private static void putExpiry(ObjectNode data, KeyText key, Instant now) {
    if (key.behaviour().equals("expired")) {
      data.put("expires_at", now.minus(Duration.ofDays(1)).toString());
    } else {
      data.putNull("expires_at");
    }
  }

  private void putFree(ObjectNode data, KeyText key, Instant now) {
    var limit = accounts.freeLimit(key, now);
    var left = key.behaviour().equals("daily") ? 0 : limit - accounts.freeUsed(key, now);
    data.putObject("free_model_daily_requests")
        .put("limit", limit)
        .put("remaining", left)
        .put("used", limit - left);
  }

  private double used(KeyText key) {
    return accounts.with(key, Instant.EPOCH, memory -> memory.cost);
  }
}
