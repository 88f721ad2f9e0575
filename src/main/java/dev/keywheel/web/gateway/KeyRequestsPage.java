package dev.keywheel.web.gateway;

import dev.keywheel.gateway.ledger.GatewayAttemptRow;
import dev.keywheel.key.state.ApiKey;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's calls to a provider with one key, newest first.
 *
 * @param before the id of the last call of the previous page; null for the first page
 * @param more whether there are older calls
 */
public record KeyRequestsPage(
    ApiKey key, List<GatewayAttemptLine> attempts, @Nullable UUID before, boolean more) {

  static KeyRequestsPage of(
      ApiKey key, List<GatewayAttemptRow> rows, @Nullable UUID before, int size) {
    return new KeyRequestsPage(
        key,
        rows.stream().limit(size).map(GatewayAttemptLine::new).toList(),
        before,
        rows.size() > size);
  }

  public String path() {
    return "/gateway/keys/" + key.id();
  }

  public @Nullable String first() {
    return before == null ? null : path();
  }

  public @Nullable String older() {
    return more ? path() + "?before=" + attempts.getLast().row().id() : null;
  }
}
