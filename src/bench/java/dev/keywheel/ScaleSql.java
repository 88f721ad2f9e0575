package dev.keywheel;

/** The SQL of {@link ScaleFill}: the rows to copy, and the columns that differ in each copy. */
final class ScaleSql {
  private ScaleSql() {}

  /**
   * Ids that grow with time, like those of the application. {@code %1$d}: number of runs; {@code
   * %2$s}: now.
   */
  static final String FUNCTIONS =
      """
      create function fill_at(n bigint) returns timestamptz language sql immutable as
        $$ select timestamptz '%2$s' - (%1$d - n) * interval '8.64 s' $$;
      create function fill_id(kind int, n bigint, at timestamptz) returns uuid
        language sql immutable as
        $$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008'
             || lpad(to_hex(kind), 3, '0') || lpad(to_hex(n), 12, '0'))::uuid $$;
      create function fill_state(n bigint) returns text language sql immutable as
        $$ select case when n %% 50 = 7 then 'failed' when n %% 25 = 3 then 'completed_with_gaps'
             when n %% 100 = 11 then 'cancelled' else 'completed' end $$;
      create function fill_topic(n bigint) returns text language sql immutable as
        $$ select (array['Saving for', 'Choosing', 'Repairing', 'Learning', 'Planning', 'Selling',
                    'Growing', 'Cooking', 'Painting', 'Measuring', 'Storing', 'Cleaning'])
                    [1 + n %% 12] || ' a '
             || (array['red', 'small', 'second-hand', 'rented', 'wooden', 'heavy', 'quiet',
                    'borrowed', 'bright', 'narrow', 'solid', 'simple', 'modern'])[1 + n %% 13] || ' '
             || (array['bicycle', 'kitchen', 'garden', 'language', 'holiday', 'boat', 'violin',
                    'winter coat', 'roof', 'camera', 'library', 'workshop', 'lamp', 'tent', 'piano',
                    'greenhouse', 'telescope'])[1 + n %% 17] || ' in '
             || (array['spring', 'a city', 'the mountains', 'one week', 'a small flat', 'retirement',
                    'company', 'silence', 'bad weather', 'ten steps', 'two days'])[1 + n %% 11]
             || case when n %% 500000 = 77 then ' with a zeppelin' else '' end || ', ' || n $$;
      """;

  /** 88 % active, 6 % limited, 4 % failed and 2 % disabled keys; three keys per account. */
  static final String KEYS =
      """
      k.id as id,
      'user' || lpad(k.n::text, 7, '0') || '@example.com' as name,
      case when k.n %% 10 = 0 then null else 'account_' || k.n / 3 end as account,
      case when k.n %% 10 = 0 then null else 'learnt' end as account_source,
      case when k.n %% 20 = 0 then array['spare', 'team ' || k.n %% 7] else '{}'::text[] end as tags,
      k.ciphertext as ciphertext,
      k.fingerprint as fingerprint,
      right('sk-or-demo-valid-' || lpad(k.n::text, 7, '0'), 4) as last_four,
      k.n %% 50 <> 49 as enabled,
      (select coalesce(jsonb_agg(jsonb_set(l, '{until}', to_jsonb(c.at + interval '1 day' + k.n %% 40000 * interval '1 min'))), '[]') from jsonb_array_elements(t.limits) l) as limits,
      case when k.n %% 50 = 49 then 'disabled' else t.status end as status,
      c.at - k.n %% 500 * interval '1 h' as status_since,
      case when t.status = 'rate_limited' and k.n %% 50 <> 49 then c.at + interval '1 day' + k.n %% 40000 * interval '1 min' end as until,
      case when t.status = 'rate_limited' and k.n %% 50 <> 49 then c.at + interval '1 day' + k.n %% 40000 * interval '1 min' end as check_due,
      t.usable_free and k.n %% 50 <> 49 as usable_free,
      t.usable_paid and k.n %% 50 <> 49 as usable_paid,
      case when k.n %% 4 = 0 then null else (k.n::bigint * 7919) %% 10000019 end as assigned_seq,
      c.at - interval '30 days' + k.n * interval '1 s' as added_at,
      c.at - k.n %% 600 * interval '1 min' as last_tested_at,
      c.at - k.n %% 9000 * interval '1 min' as last_used_at,
      200 + k.n %% 3000 as last_latency_ms,
      k.n::bigint * 7919 %% 1000 as calls,
      k.n::bigint * 7919 %% 1000 / 2 as calls_ok

      from fill_keys k cross join (select now() as at) c
      join fill_templates t on t.status = case when k.n %% 100 < 6 then 'rate_limited'
          when k.n %% 100 < 10 then 'failed' else 'active' end
      order by k.n
      """;

  /** The triggers that maintain these rows are disabled. */
  static final String ROTATION =
      """
      truncate rotation_order;
      insert into rotation_order
      select id, workspace_id, provider, case when deleted_at is null then status end, deleted_at is null and usable_free,
             deleted_at is null and usable_paid, coalesce(assigned_seq, added_seq - 4611686018427387904), assigned
        from api_keys
      """;

  static final String KEY_CHANGES =
      """
      k.id as key_id,
      c.at - k.n %% 500 * interval '1 h' - g * interval '1 min' as at

      from fill_keys k cross join (select now() as at) c cross join generate_series(1, 2) g
      cross join (select * from key_changes limit 1) t order by g desc, k.n
      """;

  /** {@code %1$d} to {@code %2$d}: numbers of batches, one per hour. */
  static final String RECOVERIES =
      """
      fill_id(4, n, c.at - n * interval '1 h') as id,
      c.at - n * interval '1 h' as started_at,
      c.at - n * interval '1 h' + interval '9 s' as ended_at

      from generate_series(%1$d, %2$d) n cross join (select now() as at) c
      cross join (select * from recoveries limit 1) t
      """;

  /** Two hundred keys per batch. */
  static final String KEY_TESTS =
      """
      fill_id(4, n, c.at - n * interval '1 h') as recovery_id,
      k.id as key_id,
      c.at - n * interval '1 h' as asked_at,
      c.at - n * interval '1 h' + interval '2 s' as ended_at

      from (select id, row_number() over () as i from api_keys limit 2000) k
      join generate_series(%1$d, %2$d) n on n %% 10 = k.i %% 10 cross join (select now() as at) c
      cross join (select * from key_tests where result is not null limit 1) t
      """;

  /** Every twentieth run is for the article of the run before it. */
  static final String ARTICLES =
      """
      fill_id(2, n, fill_at(n)) as id,
      'article-' || n as slug,
      fill_topic(n) as topic,
      case when fill_state(n) = 'failed' then null else fill_topic(n) || ': a guide' end as title,
      case when n %% 3 = 0 then 'reviewed' else 'draft' end as state,
      fill_at(n) as created_at,
      fill_at(n) + interval '40 s' as updated_at,
      fill_id(1, r, fill_at(r)) as last_run_id,
      fill_state(r) as last_run_state

      from generate_series(%1$d, %2$d) n
      cross join lateral (select case when n %% 20 = 19 and n < %2$d then n + 1 else n end as r) last
      cross join (select * from articles where topic = 'Saving for a bicycle') t
      where n %% 20 <> 0
      """;

  static final String RUNS =
      """
      fill_id(1, n, fill_at(n)) as id,
      case when n %% 20 = 0 then fill_id(2, n - 1, fill_at(n - 1)) else fill_id(2, n, fill_at(n)) end as article_id,
      fill_id(3, n, fill_at(n)) as request_id,
      case when n %% 20 = 0 then 'rerun' else 'full' end as kind,
      fill_state(n) as state,
      case when fill_state(n) = 'failed' then 'The provider did not answer.' end as reason,
      fill_at(n) as created_at,
      fill_at(n) + interval '1 s' as started_at,
      fill_at(n) + interval '40 s' as ended_at

      from generate_series(%1$d, %2$d) n
      cross join (select * from runs order by number limit 1) t order by n
      """;

  static final String RUN_SEATS =
      """
      fill_id(1, n, fill_at(n)) as run_id

      from generate_series(%1$d, %2$d) n
      cross join (select s.* from run_seats s join runs r on r.id = s.run_id where r.number = 1) t
      order by n, t.place
      """;

  static final String OPERATIONS =
      """
      fill_id(1, n, fill_at(n)) as run_id,
      case when fill_state(n) = 'completed' or t.ordinal < 4 then t.state when fill_state(n) = 'cancelled' then 'cancelled' else 'failed' end as state

      from generate_series(%1$d, %2$d) n
      cross join (select o.* from operations o join runs r on r.id = o.run_id where r.number = 1) t
      order by n, t.ordinal
      """;

  static final String OPERATIONS_BARE =
      """
      fill_id(1, n, fill_at(n)) as run_id,
      null as used_key_id,
      null as used_key_name,
      null as model,
      '[]' as warnings,
      null as started_at,
      null as ended_at

      from generate_series(%1$d, %2$d) n
      cross join (select o.* from operations o join runs r on r.id = o.run_id where r.number = 1) t
      order by n, t.ordinal
      """;

  /** One article in a hundred has an outdated part. */
  static final String PARTS =
      """
      gen_random_uuid() as id,
      fill_id(2, n, fill_at(n)) as article_id,
      fill_id(1, n, fill_at(n)) as run_id,
      case when n %% 20 = 1 then t.image end as image,
      t.part = 'faq' and n %% 100 = 5 as stale,
      fill_at(n) as created_at

      from generate_series(%1$d, %2$d) n
      cross join (select p.* from parts p join articles a on a.id = p.article_id where a.topic = 'Saving for a bicycle') t
      where n %% 20 <> 0
      """;

  static final String ATTEMPTS =
      """
      fill_id(1, n, fill_at(n)) as run_id,
      null as raw,
      fill_at(n) + t.ordinal * interval '4 s' as sent_at,
      fill_at(n) + t.ordinal * interval '4 s' + interval '3 s' as ended_at

      from generate_series(%1$d, %2$d) n
      cross join (select a.* from attempts a join runs r on r.id = a.run_id where r.number = 1) t
      order by n, t.ordinal
      """;

  static final String RAW =
      """
      update attempts a set raw = t.raw
      from generate_series(%1$d, %2$d) n
      cross join (select a.* from attempts a join runs r on r.id = a.run_id where r.number = 1) t
      where a.run_id = fill_id(1, n, fill_at(n)) and a.ordinal = t.ordinal and a.no = t.no
      """;

  static final String STREAMS =
      """
      fill_id(1, n, fill_at(n)) as id

      from generate_series(%1$d, %2$d) n
      cross join (select s.* from event_streams s join runs r on r.id = s.id where r.number = 1) t
      """;

  static final String EVENTS =
      """
      fill_id(1, n, fill_at(n)) as stream_id,
      fill_at(n) + t.seq * interval '1 s' as at

      from generate_series(%1$d, %2$d) n
      cross join (select e.* from events e join runs r on r.id = e.stream_id where r.number = 1) t
      order by n, t.seq
      """;
}
