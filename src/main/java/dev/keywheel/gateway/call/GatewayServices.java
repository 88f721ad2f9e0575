package dev.keywheel.gateway.call;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.keywheel.db.Ids;
import dev.keywheel.gateway.http.BufferedBytes;
import dev.keywheel.gateway.http.CallOptions;
import dev.keywheel.gateway.http.Cancellation;
import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.model.ModelDirectory;
import dev.keywheel.gateway.seat.AnswerJudge;
import dev.keywheel.gateway.seat.ResponseAccounts;
import dev.keywheel.gateway.seat.SeatGrant;
import dev.keywheel.gateway.seat.SeatGrant.Granted;
import dev.keywheel.gateway.seat.Seats;
import dev.keywheel.gateway.seat.TriedKeys;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.key.pool.KeySecrets;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.socket.RelayClient;
import dev.keywheel.secret.Secret;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;

record GatewayServices(
    AccessTokens tokens,
    ModelDirectory models,
    Seats seats,
    SeatAdmission admission,
    ResponseAccounts responses,
    AnswerJudge judge,
    GatewayLedger ledger,
    Providers providers,
    KeySecrets secrets,
    RelayClient relay,
    BufferedBytes answers,
    Ids ids,
    InstantSource clock,
    GatewayTimeouts timeouts,
    CallOptions options) {

  /** The secret of a key; empty if it cannot be decrypted. */
  Optional<Secret> secret(Granted granted) {
    try {
      return Optional.of(secrets.open(granted.key(), granted.secret()));
    } catch (IllegalStateException damaged) {
      return Optional.empty();
    }
  }

  /**
   * Whether a refused request may get a key after all: if the wait of the first limited key is over
   * and the request has not tried it, begins its check and waits for its end, at most for {@link
   * CallOptions#keyCheck}.
   *
   * @param cancellation ends the wait
   */
  boolean awaitDueCheck(PoolId pool, SeatGrant refusal, TriedKeys tried, Cancellation cancellation)
      throws InterruptedException {
    if (!(refusal instanceof SeatGrant.AllLimited(_, var due))
        || due == null
        || tried.excludesAnyOf(Set.of(due.id()))) {
      return false;
    }
    var end = judge.checkDue(pool, due).copy();
    end.completeOnTimeout(null, options.keyCheck().toMillis(), MILLISECONDS);
    cancellation.attach(() -> end.complete(null));
    try {
      end.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return true;
  }
}
