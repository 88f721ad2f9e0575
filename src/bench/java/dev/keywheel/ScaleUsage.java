package dev.keywheel;

import java.sql.SQLException;

/**
 * Fills the tables of the gateway and the sums of usage (requests of the last 30 days, their
 * attempts and tokens, and the sums of each key by day), one batch of tests over all keys, an audit
 * log, and both trashes.
 */
final class ScaleUsage {
  /** Number of days of requests, and of the sums by key. */
  private static final int DAYS = 30;

  /**
   * Rows per day: eight calls for each run, each with another key, in the order of the rotation.
   */
  private static final int CALLS_A_DAY = 80_000;

  private ScaleUsage() {}

  static void fill(ScaleDatabase database) throws SQLException {
    int runs = database.size().runs();
    try (var connection = database.connect();
        var statement = connection.createStatement()) {
      statement.execute("set synchronous_commit = off");
      statement.execute("set session_replication_role = replica");
      statement.execute("set work_mem = '256MB'");
      statement.execute(
          "select make_gateway_days(current_date - %d, %d)".formatted(DAYS, DAYS + 1));
      statement.execute(TOKENS.formatted(Math.max(50, runs / 20_000)));
      statement.execute(REQUESTS.formatted(runs / 4, DAYS));
      statement.execute(ATTEMPTS);
      statement.execute(HOURS.formatted(runs / 10_000));
      int days = Math.max(10, runs / 10_000 / 6);
      for (int day = 0; day < days; day++) {
        statement.execute(KEY_DAYS.formatted(day, CALLS_A_DAY));
      }
      statement.execute(TRASH);
      statement.execute(BATCH);
      statement.execute(TESTS);
      statement.execute(AUDIT.formatted(runs / 10));
      statement.execute(ARTICLE_TRASH);
      statement.execute(POOLS);
      statement.execute(ScaleSql.ROTATION);
      statement.execute("vacuum analyze");
    }
  }

  private static final String TOKENS =
      """
      insert into gateway_tokens (id, workspace_id, name, created_at, created_by, last_used_at)
      select fill_id(5, n, now() - n * interval '1 h'), w.id, 'service ' || n, now() - n * interval '1 h', 'ada', now()
      from generate_series(1, %1$d) n cross join workspaces w
      """;

  /** One in fifty failed, and one in a hundred was refused. Half of the keys had such a failure. */
  private static final String REQUESTS =
      """
      insert into gateway_requests (id, workspace_id, token_id, token_name, operation, model_asked, model, provider, streamed,
        state, http_status, reason, attempts, key_id, key_name, started_at, ended_at, first_event_ms, prompt_tokens,
        completion_tokens, cost, cost_known, client_address, agent, node)
      select fill_id(6, n, at), t.workspace_id, t.id, t.name, 'chat', 'sandbox/model-' || n %% 20, 'sandbox/model-' || n %% 20,
        'sandbox', n %% 2 = 0, case when n %% 50 = 7 then 'failed' when n %% 100 = 11 then 'refused' else 'ok' end,
        case when n %% 50 = 7 then 502 when n %% 100 = 11 then 429 else 200 end,
        case when n %% 50 = 7 then 'no_answer' when n %% 100 = 11 then 'rate_limited' end, 1, k.id, k.name, at,
        at + interval '3 s', 400, 800, 300, 0, true, '10.0.0.' || n %% 250, 'openai-python/2.0', fill_id(7, 1, now())
      from (select n, now() - n * (interval '%2$d days' / %1$d) as at from generate_series(1, %1$d) n) r
      join (select *, row_number() over (order by id) as i from gateway_tokens) t
        on t.i = 1 + r.n %% (select count(*) from gateway_tokens)
      join (select id, name, row_number() over (order by id) as i from api_keys where deleted_at is null) k
        on k.i = 1 + r.n %% (select count(*) / 2 from api_keys where deleted_at is null)
      """;

  private static final String ATTEMPTS =
      """
      insert into gateway_attempts (id, request_id, workspace_id, no, seat, key_id, key_name, provider, model, state, http_status,
        outcome, opened_at, ended_at, first_event_ms, latency_ms, prompt_tokens, completion_tokens, cost, cost_known, node)
      select id, id, workspace_id, 1, row_number() over (order by id), key_id, key_name, provider, model,
        case when state = 'ok' then 'ok' else 'http_error' end, http_status, case when state = 'ok' then 'ok' else 'server_error' end,
        started_at, ended_at, 400, 3000, 800, 300, 0, true, node
      from gateway_requests
      """;

  /** {@code %1$d}: number of days, with twelve models each. */
  private static final String HOURS =
      """
      insert into usage_hours (workspace_id, hour, provider, model, calls, ok, failed, unknown, prompt_tokens,
        completion_tokens, cost, latency_ms)
      select w.id, date_trunc('hour', now(), 'UTC') - n * interval '1 h', 'sandbox', 'sandbox/model-' || m, 280, 270, 8, 1,
        200000, 80000, 0.02, 800000
      from generate_series(1, %1$d * 24) n cross join generate_series(1, 12) m cross join workspaces w
      on conflict do nothing
      """;

  /** {@code %1$d}: number of days ago. */
  private static final String KEY_DAYS =
      """
      insert into usage_key_days (key_id, day, workspace_id, provider, key_name, calls, ok, failed, unknown, prompt_tokens,
        completion_tokens, cost, latency_ms)
      select k.id, current_date - %1$d, k.workspace_id, k.provider, k.name, 1 + k.i %% 3, 1, k.i %% 3, 0, 900, 300, 0.001, 3000
      from (select *, row_number() over (order by added_seq) as i from api_keys where deleted_at is null) k
      where (k.i + %1$d * %2$d::bigint) %% greatest((select count(*) from api_keys where deleted_at is null), %2$d) < %2$d
      on conflict do nothing
      """;

  private static final String TRASH =
      """
      update api_keys k set deleted_at = now() - interval '1 h', deleted_in = fill_id(8, 1, now())
      from (select id, row_number() over (order by id) as i from api_keys) n
      where n.id = k.id and n.i % 50 = 3 and not exists (select from api_keys where deleted_at is not null)
      """;

  /** The batch began after all others, so that the list of keys is compared with it. */
  private static final String BATCH =
      """
      insert into recoveries (id, workspace_id, provider, trigger, state, started_at, ended_at, total, tested, still_active,
        recovered, still_limited, still_failed, newly_failed, slowest_ms)
      select fill_id(4, 9999, now()), workspace_id, provider, 'asked', 'done', now() - interval '9 min', now() - interval '1 min',
        active + rate_limited + failed, active + rate_limited + failed, active, 0, rate_limited, failed, 0, 3000
      from pools where provider = 'sandbox'
      """;

  private static final String TESTS =
      """
      insert into key_tests (recovery_id, key_id, asked_at, from_status, result, reason, latency_ms, ended_at)
      select r.id, k.id, r.started_at, case when k.n % 13 = 0 then 'failed' else k.status end, k.status, k.reason, 200 + k.n % 3000,
        r.started_at + k.n * (interval '8 min' / r.total)
      from (select *, row_number() over (order by id) as n from api_keys where deleted_at is null and enabled) k
      join recoveries r on r.id = (select id from recoveries where state = 'done' order by total desc limit 1)
      """;

  /** Older than the audit log of this installation, whose chain stays intact. */
  private static final String AUDIT =
      """
      insert into audit_events (id, workspace_id, at, actor, action, subject, details, hash)
      select -n, w.id, now() - n * interval '90 s', 'user' || n %% 9 || '@example.org', (array['tested keys', 'generated an article',
        'signed in', 'disabled keys', 'revealed a key'])[1 + n %% 5], 'key ' || n, jsonb_build_object('address', '10.0.0.' || n %% 250),
        sha256(n::text::bytea)
      from generate_series(1, %1$d) n cross join workspaces w
      """;

  private static final String ARTICLE_TRASH =
      """
      update articles set deleted_at = now() - interval '1 h'
      where id in (select id from (select id, row_number() over (order by id) as n from articles) a where n % 1000 = 7)
      """;

  private static final String POOLS =
      """
      update pools p set (active, rate_limited, failed, disabled, trashed, usable_free, usable_paid) = (
        select count(*) filter (where deleted_at is null and status = 'active'),
          count(*) filter (where deleted_at is null and status = 'rate_limited'),
          count(*) filter (where deleted_at is null and status = 'failed'),
          count(*) filter (where deleted_at is null and status = 'disabled'),
          count(*) filter (where deleted_at is not null),
          count(*) filter (where deleted_at is null and usable_free),
          count(*) filter (where deleted_at is null and usable_paid)
        from api_keys k where k.provider = p.provider and k.workspace_id = p.workspace_id)
      """;
}
