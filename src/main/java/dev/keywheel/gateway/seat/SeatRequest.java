package dev.keywheel.gateway.seat;

import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.seat.ResponseAccounts.Account;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The request for a key for one attempt.
 *
 * @param secretId the id of the access token's secret; null for a request without a token
 * @param revision the revision of the workspace's tokens and aliases when the token was read
 * @param first whether the request asks for a key for the first time: only then does it count
 *     towards the requests per minute of its token
 * @param attemptNumber 1-based number of the attempt of the request
 * @param model the provider's id of the model
 * @param tried the keys with which this request was tried
 * @param conversation a text that all requests of one conversation share; null when unknown
 * @param account the only account whose keys can serve the request; null for any account
 */
public record SeatRequest(
    GatewayRequest request,
    @Nullable UUID secretId,
    TokenScope scope,
    long revision,
    boolean first,
    int attemptNumber,
    PoolId pool,
    String model,
    TriedKeys tried,
    @Nullable String conversation,
    @Nullable Account account) {

  private static final long NO_TOKEN = -1;

  /** A request without a token, which a user sends from a page. */
  public SeatRequest(
      GatewayRequest request,
      @Nullable UUID secretId,
      TokenScope scope,
      boolean first,
      int attemptNumber,
      PoolId pool,
      String model,
      TriedKeys tried,
      @Nullable String conversation) {
    this(
        request,
        secretId,
        scope,
        NO_TOKEN,
        first,
        attemptNumber,
        pool,
        model,
        tried,
        conversation,
        null);
  }

  boolean mayUse(ApiKey key) {
    return !tried.excludes(key) && (account == null || account.has(key));
  }

  ModelClass models() {
    return ModelClass.of(model);
  }

  /**
   * Whether a token or alias has changed since the request was accepted; checked for the first key
   * only.
   */
  boolean outdated(long current) {
    return needsFirstKey() && revision != NO_TOKEN && revision != current;
  }

  /** Whether the request has had no key yet, of any target. */
  boolean needsFirstKey() {
    return attemptNumber == 1;
  }

  UUID tokenId() {
    return request.tokenId();
  }
}
