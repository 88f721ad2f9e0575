package dev.keywheel.key.pool;

/** Counts the finished calls of many keys. Locks only the rows of their keys. */
public final class KeyUses {
  /**
   * The end of a statement whose last table expression is {@code calls (key_id, ok, tokens, cost,
   * ended_at, latency_ms)}, with a row for each call. The keys are locked in the order of their
   * ids.
   */
  public static final String COUNT =
      """
      , used as (
        select key_id as id, count(*) as calls, count(*) filter (where ok) as calls_ok, sum(tokens) as tokens, sum(cost) as cost,
               max(ended_at) as last_used_at, (array_agg(latency_ms order by ended_at desc))[1] as last_latency_ms
          from calls group by key_id
      ), keys as materialized (
        select id from api_keys where id in (select id from used) order by id for no key update)
      update api_keys k
         set calls = k.calls + used.calls, calls_ok = k.calls_ok + used.calls_ok, tokens = k.tokens + used.tokens,
             cost = k.cost + used.cost, last_latency_ms = used.last_latency_ms,
             last_used_at = greatest(k.last_used_at, used.last_used_at)
        from used join keys using (id)
       where k.id = used.id
      """;

  private KeyUses() {}
}
