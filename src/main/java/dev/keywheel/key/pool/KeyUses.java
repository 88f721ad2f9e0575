package dev.keywheel.key.pool;

import static dev.keywheel.db.query.Columns.column;
import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.toMap;

import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Columns;
import dev.keywheel.db.query.Sql;
import dev.keywheel.provider.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Counts many finished calls in one statement. Locks only the rows of their keys. */
public final class KeyUses {
  private static final Columns<Use> USE =
      Columns.of(
          column("id", UUID.class, Use::keyId),
          column("calls", Long.class, Use::calls),
          column("calls_ok", Long.class, Use::ok),
          column("tokens", Long.class, Use::tokens),
          column("cost", BigDecimal.class, Use::cost),
          column("last_used_at", Instant.class, Use::lastUsedAt),
          column("last_latency_ms", Integer.class, Use::latencyMs));

  /**
   * The maximum of the column with the cost of a key, in US dollars. A higher sum is stored as the
   * maximum, because an error would lose the outcome of the call.
   */
  static final BigDecimal MAX_COST = BigDecimal.valueOf(9_999_999_999L);

  private static final String RECORD =
      """
      update api_keys k
         set calls = k.calls + given.calls, calls_ok = k.calls_ok + given.calls_ok, tokens = k.tokens + given.tokens,
             cost = least(k.cost + given.cost, ?), last_latency_ms = coalesce(given.last_latency_ms, k.last_latency_ms),
             last_used_at = greatest(k.last_used_at, given.last_used_at)
        from
      """
          + USE.table()
          + " where k.id = given.id";

  private KeyUses() {}

  /**
   * The calls of one key.
   *
   * @param ok the number of calls with an answer
   * @param tokens prompt and completion tokens together
   * @param cost in US dollars
   * @param latencyMs latency of the last call that was not aborted; null if all were
   */
  public record Use(
      UUID keyId,
      long calls,
      long ok,
      long tokens,
      BigDecimal cost,
      Instant lastUsedAt,
      @Nullable Integer latencyMs) {

    public static Use of(
        UUID keyId, boolean ok, Usage usage, @Nullable Integer latencyMs, Instant at) {
      long tokens = (long) usage.promptTokens() + usage.completionTokens();
      return new Use(keyId, 1, ok ? 1 : 0, tokens, usage.cost(), at, latencyMs);
    }

    private Use plus(Use later) {
      return new Use(
          keyId,
          calls + later.calls,
          ok + later.ok,
          tokens + later.tokens,
          cost.add(later.cost),
          later.lastUsedAt,
          later.latencyMs == null ? latencyMs : later.latencyMs);
    }
  }

  /**
   * Locks the keys in the order of their ids. Call it before locking rows that come after keys in
   * the lock order.
   */
  public static void lock(Tx tx, Collection<UUID> keys) {
    UUID[] ids = keys.stream().distinct().toArray(UUID[]::new);
    Sql.of("select id from api_keys where id = any(?) order by id for no key update", (Object) ids)
        .fetch(tx, row -> row.getObject(1, UUID.class));
  }

  /** Counts calls. For several keys, the caller holds their locks. */
  public static void record(Tx tx, Stream<Use> uses) {
    Map<UUID, Use> sums =
        uses.sorted(comparing(Use::lastUsedAt)).collect(toMap(Use::keyId, use -> use, Use::plus));
    if (sums.isEmpty()) {
      return;
    }
    var values = new ArrayList<Object>(List.of(MAX_COST));
    Collections.addAll(values, USE.arrays(List.copyOf(sums.values())));
    new Sql(RECORD, values).execute(tx);
  }
}
