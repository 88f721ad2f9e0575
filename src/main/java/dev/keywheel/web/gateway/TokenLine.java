package dev.keywheel.web.gateway;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.gateway.token.TokenDetail;
import dev.keywheel.gateway.token.TokenDetail.SecretInfo;
import dev.keywheel.gateway.token.TokenDetail.State;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.provider.Providers;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An access token as a line of the list, and as the head of its page. */
public record TokenLine(TokenDetail token, State state) {

  static TokenLine of(TokenDetail token, Instant now) {
    return new TokenLine(token, token.state(now));
  }

  public String name() {
    return token.settings().name();
  }

  public String path() {
    return "/gateway/tokens/" + token.id();
  }

  public boolean revoked() {
    return state == State.REVOKED;
  }

  public String label() {
    return switch (state) {
      case ACTIVE -> "Active";
      case EXPIRED -> "Expired";
      case REVOKED -> "Revoked";
    };
  }

  public Severity tone() {
    return switch (state) {
      case ACTIVE -> Severity.OK;
      case EXPIRED -> Severity.WARN;
      case REVOKED -> Severity.OFF;
    };
  }

  /** When the token expires; null if it does not, or if it is no longer active. */
  public @Nullable Instant expires() {
    return state == State.ACTIVE ? token.settings().scope().expiresAt() : null;
  }

  /**
   * When the token was last used; null if never. Stored to the minute, so it can precede the
   * creation.
   */
  public @Nullable Instant lastUsed() {
    Instant used = token.lastUsedAt();
    return used == null || used.isAfter(token.createdAt()) ? used : token.createdAt();
  }

  /** The current secret, or the last one of a revoked token, masked. */
  public String masked() {
    return token.newest().map(SecretInfo::masked).orElse("none");
  }

  /** The limits of the token; empty if it may use everything. */
  public List<String> limits() {
    TokenScope scope = token.settings().scope();
    var limits = new ArrayList<String>();
    if (!scope.operations().isEmpty()) {
      limits.add(
          String.join(", ", scope.operations().stream().sorted().map(StoredEnum::code).toList()));
    }
    if (!scope.models().isEmpty()) {
      limits.add(
          scope.models().size() == 1
              ? scope.models().getFirst()
              : scope.models().size() + " models");
    }
    if (!scope.providers().isEmpty()) {
      limits.add(
          String.join(", ", scope.providers().stream().sorted().map(Providers::label).toList()));
    }
    if (!scope.keyTags().isEmpty()) {
      limits.add("keys tagged " + String.join(", ", scope.keyTags().stream().sorted().toList()));
    }
    if (scope.requestsPerMinute() > 0) {
      limits.add(NumberFormats.grouped(scope.requestsPerMinute()) + " a minute");
    }
    if (scope.parallel() > 0) {
      limits.add(NumberFormats.grouped(scope.parallel()) + " at once");
    }
    if (!scope.addresses().isEmpty()) {
      limits.add(NumberFormats.counted(scope.addresses().size(), "network"));
    }
    return limits;
  }
}
