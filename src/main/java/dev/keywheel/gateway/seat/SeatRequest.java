package dev.keywheel.gateway.seat;

import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.seat.ResponseAccounts.Account;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a request asks for a key.
 *
 * @param secretId of the access token; null for a request without one
 * @param revision of the token when it was read
 * @param first whether the request asks for the first time, so that the limits of its token count
 *     it
 * @param no number of the attempt, from 1
 * @param model as the provider knows it
 * @param excluded keys that refused this request before
 * @param conversation what tells the requests of one conversation from others; null when unknown
 * @param account the only one whose keys can serve it; null for any
 */
public record SeatRequest(
    GatewayRequest request,
    @Nullable UUID secretId,
    TokenScope scope,
    long revision,
    boolean first,
    int no,
    PoolId pool,
    String model,
    Set<UUID> excluded,
    @Nullable String conversation,
    @Nullable Account account) {

  private static final long NO_TOKEN = -1;

  public SeatRequest {
    excluded = Set.copyOf(excluded);
  }

  /** For a request without a token: a user sends it from a page. */
  public SeatRequest(
      GatewayRequest request,
      @Nullable UUID secretId,
      TokenScope scope,
      boolean first,
      int no,
      PoolId pool,
      String model,
      Set<UUID> excluded,
      @Nullable String conversation) {
    this(request, secretId, scope, NO_TOKEN, first, no, pool, model, excluded, conversation, null);
  }

  /** Whether a key is of the account that the request needs, if it needs one. */
  boolean mayUse(ApiKey key) {
    return account == null || account.has(key);
  }

  ModelClass models() {
    return ModelClass.of(model);
  }

  /** Whether the request was accepted by something that was changed since. Asked once. */
  boolean outdated(long current) {
    return first && revision != NO_TOKEN && revision != current;
  }

  UUID tokenId() {
    return request.tokenId();
  }
}
