package dev.keywheel.gateway.seat;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRows;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Applies the limits of the tokens in one batch. The requests of a minute are counted in one row
 * for each token, whose lock also serializes the batches of several pools and nodes. Refused
 * requests also count. Two batches just before and after the change of the minute lock different
 * rows, so both may use what is left of the limit of open requests. This is accepted, because
 * another lock would cost every batch a statement.
 */
final class TokenLimits {
  private final Map<UUID, Integer> counted;
  private final Map<UUID, Integer> open;
  private final Instant resetsAt;

  private TokenLimits(Map<UUID, Integer> counted, Map<UUID, Integer> open, Instant resetsAt) {
    this.counted = counted;
    this.open = open;
    this.resetsAt = resetsAt;
  }

  /** Counts the batch's new requests of tokens that have a limit. */
  static TokenLimits count(Tx tx, GatewayLedger ledger, List<SeatRequest> batch, Instant now) {
    var asked = new TreeMap<UUID, Integer>();
    var inParallel = new HashSet<UUID>();
    for (SeatRequest request : batch) {
      if (limited(request)) {
        asked.merge(request.tokenId(), request.first() ? 1 : 0, Integer::sum);
        if (request.scope().parallel() > 0) {
          inParallel.add(request.tokenId());
        }
      }
    }
    var minute = now.truncatedTo(ChronoUnit.MINUTES);
    var resetsAt = minute.plus(Duration.ofMinutes(1));
    if (asked.isEmpty()) {
      return new TokenLimits(Map.of(), Map.of(), resetsAt);
    }
    var counted = storeCounts(tx, asked, minute);
    asked.forEach((token, requests) -> counted.merge(token, -requests, Integer::sum));
    if (inParallel.isEmpty()) {
      return new TokenLimits(counted, Map.of(), resetsAt);
    }
    var ended = ledger.endedOf(inParallel);
    return new TokenLimits(
        counted, new HashMap<>(GatewayRows.openRequests(tx, inParallel, ended)), resetsAt);
  }

  /** Counts the request. Returns a refusal if it exceeds a limit; empty if it is admitted. */
  Optional<SeatGrant> countOrRefuse(SeatRequest request) {
    if (!limited(request)) {
      return Optional.empty();
    }
    int perMinute = request.scope().requestsPerMinute();
    int parallel = request.scope().parallel();
    int used = counted.merge(request.tokenId(), request.first() ? 1 : 0, Integer::sum);
    if (request.first() && perMinute > 0 && used > perMinute) {
      return Optional.of(new SeatGrant.RateLimited(new RemainingRequests(perMinute, 0, resetsAt)));
    }
    if (parallel > 0 && open.getOrDefault(request.tokenId(), 0) >= parallel) {
      return Optional.of(new SeatGrant.TooManyParallel(parallel));
    }
    return Optional.empty();
  }

  void countOpened(SeatRequest request) {
    if (limited(request) && request.scope().parallel() > 0) {
      open.merge(request.tokenId(), 1, Integer::sum);
    }
  }

  /** The rate after this request; null without a limit, or if no first attempt was counted. */
  @Nullable RemainingRequests rate(SeatRequest request) {
    int perMinute = request.scope().requestsPerMinute();
    Integer used = counted.get(request.tokenId());
    return perMinute == 0 || used == null
        ? null
        : new RemainingRequests(perMinute, Math.max(0, perMinute - used), resetsAt);
  }

  /**
   * Whether a limit applies: the rate limit when a request first asks for a key, and the limit of
   * open requests until the request has a key.
   */
  private static boolean limited(SeatRequest request) {
    return (request.first() && request.scope().requestsPerMinute() > 0)
        || (request.needsFirstKey() && request.scope().parallel() > 0);
  }

  private static Map<UUID, Integer> storeCounts(Tx tx, Map<UUID, Integer> asked, Instant minute) {
    return tx.dsl()
        .resultQuery(
            """
            insert into gateway_token_minutes as t (token_id, minute, requests)
            select token, {2}, asked from unnest({0}::uuid[], {1}::int[]) a(token, asked) order by token
            on conflict (token_id, minute) do update set requests = t.requests + excluded.requests
            returning token_id, requests
            """,
            val(asked.keySet().toArray(UUID[]::new)),
            val(asked.values().toArray(Integer[]::new)),
            val(minute))
        .fetchMap(row -> row.get(0, UUID.class), row -> row.get(1, Integer.class));
  }
}
