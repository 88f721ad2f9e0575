-- Calls, tokens and cost by hour and model, and by day and key: pages read these sums instead of counting attempts. A trigger
-- keeps them in the transaction that ends an attempt, by the difference between the row before and after, so that every
-- statement that ends or corrects an attempt counts. An attempt counts in the hour, and on the day, in which it was sent; one
-- that is still open or was never sent does not count. ok: the provider answered. latency_ms: the sum over these answers.
-- What is left of calls after ok, failed and unknown was cancelled.
create table usage_hours (
  workspace_id      uuid not null references workspaces on delete cascade,
  hour              timestamptz not null,
  provider          text not null,
  model             text not null,
  calls             bigint not null,
  ok                bigint not null,
  failed            bigint not null,
  unknown           bigint not null,
  prompt_tokens     bigint not null,
  completion_tokens bigint not null,
  cost              numeric(24, 8) not null,
  latency_ms        bigint not null,
  primary key (workspace_id, hour, provider, model)
) with (fillfactor = 50); -- the rows of the present hour are updated by every call

create table usage_key_days (
  key_id            uuid not null,
  day               date not null, -- in UTC
  workspace_id      uuid not null references workspaces on delete cascade,
  provider          text not null,
  key_name          text not null, -- when it was last counted; the key may be deleted since
  calls             bigint not null,
  ok                bigint not null,
  failed            bigint not null,
  unknown           bigint not null,
  prompt_tokens     bigint not null,
  completion_tokens bigint not null,
  cost              numeric(24, 8) not null,
  latency_ms        bigint not null,
  primary key (key_id, day)
) with (fillfactor = 90);
create index usage_key_days_of_workspace on usage_key_days (workspace_id, day);

-- Adds what the attempts in the given array changed. Rows are updated in the order of their keys, the key days first: the rows
-- of the hour are shared by all runs, and are locked last.
create type usage_change as (
  key_id uuid, key_name text, workspace_id uuid, provider text, model text, sent_at timestamptz, calls bigint, ok bigint,
  failed bigint, unknown bigint, prompt_tokens bigint, completion_tokens bigint, cost numeric, latency_ms bigint);

create function add_usage(changes usage_change[]) returns void language plpgsql as $$
begin
  insert into usage_key_days as u
  select key_id, (sent_at at time zone 'UTC')::date as day, (array_agg(workspace_id))[1], max(provider), max(key_name), sum(calls),
         sum(ok), sum(failed), sum(unknown), sum(prompt_tokens), sum(completion_tokens), sum(cost), sum(latency_ms)
    from unnest(changes)
   group by key_id, day
   order by key_id, day
  on conflict (key_id, day) do update
     set key_name = excluded.key_name, calls = u.calls + excluded.calls, ok = u.ok + excluded.ok, failed = u.failed + excluded.failed,
         unknown = u.unknown + excluded.unknown, prompt_tokens = u.prompt_tokens + excluded.prompt_tokens,
         completion_tokens = u.completion_tokens + excluded.completion_tokens, cost = u.cost + excluded.cost,
         latency_ms = u.latency_ms + excluded.latency_ms;
  insert into usage_hours as u
  select workspace_id, date_trunc('hour', sent_at, 'UTC') as hour, provider, model, sum(calls), sum(ok), sum(failed), sum(unknown),
         sum(prompt_tokens), sum(completion_tokens), sum(cost), sum(latency_ms)
    from unnest(changes)
   group by workspace_id, hour, provider, model
   order by workspace_id, hour, provider, model
  on conflict (workspace_id, hour, provider, model) do update
     set calls = u.calls + excluded.calls, ok = u.ok + excluded.ok, failed = u.failed + excluded.failed,
         unknown = u.unknown + excluded.unknown, prompt_tokens = u.prompt_tokens + excluded.prompt_tokens,
         completion_tokens = u.completion_tokens + excluded.completion_tokens, cost = u.cost + excluded.cost,
         latency_ms = u.latency_ms + excluded.latency_ms;
end
$$;

-- What one attempt counts, times sign. Only plain values, so that it works for tables and for transition tables.
create function usage_change_of(
  key_id uuid, key_name text, workspace_id uuid, provider text, model text, sent_at timestamptz, state text, prompt_tokens integer,
  completion_tokens integer, cost numeric, latency_ms integer, sign integer)
returns usage_change language sql immutable as $$
  select row(key_id, key_name, workspace_id, provider, model, sent_at, sign,
             case when state in ('ok', 'cut', 'invalid') then sign else 0 end,
             case when state in ('http_error', 'timeout') then sign else 0 end, case when state = 'unknown' then sign else 0 end,
             sign * coalesce(prompt_tokens, 0), sign * coalesce(completion_tokens, 0), sign * coalesce(cost, 0),
             case when state in ('ok', 'cut', 'invalid') then sign * coalesce(latency_ms, 0) else 0 end)::usage_change
$$;

create function count_stored_attempts() returns trigger language plpgsql as $$
declare changes usage_change[];
begin
  select array_agg(usage_change_of(a.key_id, a.key_name, r.workspace_id, r.provider, a.model, a.sent_at, a.state, a.prompt_tokens,
                                   a.completion_tokens, a.cost, a.latency_ms, 1))
    into changes
    from new_attempts a join runs r on r.id = a.run_id
   where a.state <> 'sent' and a.outcome is distinct from 'not_sent';
  if changes is not null then
    perform add_usage(changes);
  end if;
  return null;
end
$$;

create function count_changed_attempts() returns trigger language plpgsql as $$
declare changes usage_change[];
begin
  with changed as (
    select n.id from new_attempts n join old_attempts o on o.id = n.id
     where (n.key_id, n.run_id, n.model, n.sent_at, n.state, n.outcome, n.prompt_tokens, n.completion_tokens, n.cost, n.latency_ms)
           is distinct from
           (o.key_id, o.run_id, o.model, o.sent_at, o.state, o.outcome, o.prompt_tokens, o.completion_tokens, o.cost, o.latency_ms)
  ), signed as (
    select a.*, 1 as sign from new_attempts a where a.id in (select id from changed)
    union all
    select a.*, -1 from old_attempts a where a.id in (select id from changed)
  )
  select array_agg(usage_change_of(a.key_id, a.key_name, r.workspace_id, r.provider, a.model, a.sent_at, a.state, a.prompt_tokens,
                                   a.completion_tokens, a.cost, a.latency_ms, a.sign))
    into changes
    from signed a join runs r on r.id = a.run_id
   where a.state <> 'sent' and a.outcome is distinct from 'not_sent';
  if changes is not null then
    perform add_usage(changes);
  end if;
  return null;
end
$$;

-- Creating the triggers blocks writers until this transaction ends, so that no attempt is counted twice or missed. What is
-- there already is added in parts: the memory stays the same whatever the number of attempts.
create trigger attempts_stored_usage after insert on attempts
  referencing new table as new_attempts for each statement execute function count_stored_attempts();
create trigger attempts_changed_usage after update on attempts
  referencing old table as old_attempts new table as new_attempts for each statement execute function count_changed_attempts();

do $$
declare
  done bigint := 0;
  upto bigint;
  changes usage_change[];
begin
  loop
    select max(id) into upto from (select id from attempts where id > done order by id limit 20000) part;
    exit when upto is null;
    select array_agg(usage_change_of(a.key_id, a.key_name, r.workspace_id, r.provider, a.model, a.sent_at, a.state, a.prompt_tokens,
                                     a.completion_tokens, a.cost, a.latency_ms, 1))
      into changes
      from attempts a join runs r on r.id = a.run_id
     where a.id > done and a.id <= upto and a.state <> 'sent' and a.outcome is distinct from 'not_sent';
    perform add_usage(coalesce(changes, '{}'));
    done := upto;
  end loop;
end
$$;
