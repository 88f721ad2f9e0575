package dev.keywheel.gateway.ledger;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Sha256;
import dev.keywheel.db.StoredEnum;
import dev.keywheel.db.Tx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Serves only the first of the requests of a token that have the same {@code Idempotency-Key}. The
 * key becomes free after a day, or if its request was refused, failed before its first content or
 * was never sent to a provider, because clients repeat such a request with the same key.
 */
public final class IdempotencyKeys {
  private static final Duration KEPT_FOR = Duration.ofDays(1);

  /**
   * Time after which a request without a row is over: its node died before it got a provider key.
   */
  private static final Duration WITHOUT_ROW = Duration.ofMinutes(10);

  private final Database database;
  private final InstantSource clock;
  private final Consumer<UUID> awaitStored;

  /**
   * @param awaitStored waits up to a second until the outcome of a request of this node is stored
   */
  IdempotencyKeys(Database database, InstantSource clock, Consumer<UUID> awaitStored) {
    this.database = database;
    this.clock = clock;
    this.awaitStored = awaitStored;
  }

  /**
   * The request that holds the idempotency key.
   *
   * @param state {@code IN_FLIGHT} also while the request has no row
   */
  public record Holder(UUID requestId, GatewayRequestState state) {}

  /** Claims the key for the request. Returns empty on success, otherwise the holder of the key. */
  public Optional<Holder> claim(UUID token, String key, UUID request) {
    return claim(token, key, request, true);
  }

  /**
   * Like {@link #claim}, but a failed request that was sent to a provider, and perhaps billed,
   * keeps the key.
   */
  public Optional<Holder> claimUnlessSent(UUID token, String key, UUID request) {
    return claim(token, key, request, false);
  }

  private Optional<Holder> claim(UUID token, String key, UUID request, boolean afterFailure) {
    byte[] hash = Sha256.of(key);
    Optional<Holder> holder = claim(token, hash, request, afterFailure);
    if (holder.isPresent() && holder.get().state() == GatewayRequestState.IN_FLIGHT) {
      awaitStored.accept(holder.get().requestId());
      return claim(token, hash, request, afterFailure);
    }
    return holder;
  }

  private Optional<Holder> claim(UUID token, byte[] hash, UUID request, boolean afterFailure) {
    return Database.answeredSoon(
        () ->
            database.inTx(
                tx ->
                    claimUnused(tx, token, hash, request)
                            || claimReleased(tx, token, hash, request, afterFailure)
                        ? Optional.empty()
                        : holder(tx, token, hash)));
  }

  /** Claims an unused key. Does not read the requests, which would lock all their partitions. */
  private boolean claimUnused(Tx tx, UUID token, byte[] hash, UUID request) {
    return tx.dsl()
            .execute(
                """
                insert into gateway_idempotency (token_id, key_hash, request_id, claimed_at)
                values ({0}, {1}, {2}, {3})
                on conflict (token_id, key_hash) do nothing
                """,
                val(token), val(hash), val(request), val(clock.instant()))
        > 0;
  }

  private boolean claimReleased(
      Tx tx, UUID token, byte[] hash, UUID request, boolean afterFailure) {
    Instant now = clock.instant();
    return tx.dsl()
            .execute(
                """
                insert into gateway_idempotency as k (token_id, key_hash, request_id, claimed_at)
                values ({0}, {1}, {2}, {3})
                on conflict (token_id, key_hash) do update
                   set request_id = excluded.request_id, claimed_at = excluded.claimed_at
                 where k.claimed_at < {4}
                    or exists (select from gateway_requests r
                                where r.id = k.request_id
                                  and (r.state = 'refused'
                                       or ({6} and r.state = 'failed' and r.first_event_ms is null)
                                       or (r.state in ('failed', 'client_gone', 'aborted', 'unknown')
                                           and not exists (select from gateway_attempts a
                                                            where a.request_id = r.id and a.state <> 'not_sent'))))
                    or (k.claimed_at < {5}
                        and not exists (select from gateway_requests r where r.id = k.request_id))
                """,
                val(token),
                val(hash),
                val(request),
                val(now),
                val(now.minus(KEPT_FOR)),
                val(now.minus(WITHOUT_ROW)),
                val(afterFailure))
        > 0;
  }

  private static Optional<Holder> holder(Tx tx, UUID token, byte[] hash) {
    return tx.dsl()
        .resultQuery(
            """
            select k.request_id, coalesce(r.state, 'in_flight')
              from gateway_idempotency k left join gateway_requests r on r.id = k.request_id
             where k.token_id = {0} and k.key_hash = {1}
            """,
            val(token), val(hash))
        .fetchOptional(
            row ->
                new Holder(
                    row.get(0, UUID.class),
                    StoredEnum.of(GatewayRequestState.class, row.get(1, String.class))));
  }

  void removeExpired() {
    database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "delete from gateway_idempotency where claimed_at < {0}",
                    val(clock.instant().minus(KEPT_FOR))));
  }
}
