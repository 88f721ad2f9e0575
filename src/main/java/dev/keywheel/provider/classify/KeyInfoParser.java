package dev.keywheel.provider.classify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.http.LenientJson;
import dev.keywheel.provider.http.SecretScrubber;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Parses {@code data} of the key check; every field may be missing. */
final class KeyInfoParser {
  private KeyInfoParser() {}

  /** A budget that includes the key: of the workspace, of a guardrail or of a member. */
  private record Budget(BigDecimal remaining, Optional<Instant> resetsAt) {}

  static KeyInfo read(JsonNode data) {
    JsonNode daily = data.path("free_model_daily_requests");
    Optional<Budget> spent =
        budgets(data).stream()
            .filter(budget -> budget.remaining().signum() <= 0)
            .max(Comparator.comparing(budget -> budget.resetsAt().orElse(Instant.MAX)));
    Optional<BigDecimal> own = LenientJson.number(data, "limit_remaining");
    return new KeyInfo(
        orNull(data, "label"),
        account(data),
        LenientJson.number(data, "limit").orElse(null),
        spent.map(Budget::remaining).or(() -> own).orElse(null),
        spent.isPresent() ? null : orNull(data, "limit_reset"),
        spent.flatMap(Budget::resetsAt).orElse(null),
        LenientJson.number(data, "usage").orElse(null),
        LenientJson.flag(data, "is_free_tier"),
        LenientJson.flag(data, "is_management_key")
            || LenientJson.flag(data, "is_provisioning_key"),
        LenientJson.instant(data, "expires_at").orElse(null),
        LenientJson.integer(daily, "limit").orElse(null),
        LenientJson.integer(daily, "remaining").orElse(null));
  }

  private static @Nullable String account(JsonNode data) {
    return Stream.of("organization_id", "creator_user_id", "user_id")
        .map(field -> LenientJson.text(data, field))
        .filter(id -> !id.isBlank() && !id.contains(SecretScrubber.MARK))
        .findFirst()
        .orElse(null);
  }

  private static @Nullable String orNull(JsonNode data, String field) {
    String text = LenientJson.text(data, field);
    return text.isBlank() ? null : text;
  }

  /**
   * The field that contains the budgets is not documented. Every object with {@code remaining_usd}
   * is read as a budget.
   */
  private static List<Budget> budgets(JsonNode data) {
    var budgets = new ArrayList<Budget>();
    for (JsonNode field : data) {
      Iterable<JsonNode> entries = field.isArray() ? field : List.of(field);
      for (JsonNode entry : entries) {
        LenientJson.number(entry, "remaining_usd")
            .map(rest -> new Budget(rest, LenientJson.instant(entry, "resets_at")))
            .ifPresent(budgets::add);
      }
    }
    return budgets;
  }
}
