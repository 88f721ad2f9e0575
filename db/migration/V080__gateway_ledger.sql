-- Requests of the gateway and their calls at providers. An attempt is committed before its call is sent; outcomes follow in
-- groups. No bodies. Rows are found by their id, a UUIDv7, so the tables are partitioned by it: a day is a range of ids, and an
-- expired day is dropped instead of deleted. The default partitions take what no day is made for yet.
-- There are no foreign keys: a check for each row would lock the rows of workspaces and tokens for every request.
create table gateway_requests (
  id                uuid not null,
  workspace_id      uuid not null,
  token_id          uuid not null,
  token_name        text not null,
  operation         text not null,
  model_asked       text not null,
  model             text,                 -- as the provider was asked for it, in the last attempt
  provider          text,
  streamed          boolean not null,
  state             text not null check (state in ('in_flight', 'ok', 'client_gone', 'truncated', 'refused', 'failed', 'unknown')),
  http_status       integer,              -- as answered to the client
  reason            text,                 -- the code of an error, for instance pool_limited
  attempts          integer not null default 0,
  key_id            uuid,                 -- of the last attempt
  key_name          text,
  started_at        timestamptz not null,
  ended_at          timestamptz,
  first_event_ms    integer,              -- until the first data for the client
  prompt_tokens     integer,
  completion_tokens integer,
  reasoning_tokens  integer,
  cost              numeric(18, 8),
  cost_known        boolean not null default false,
  client_address    text not null,
  agent             text,
  client_request_id text,
  node              uuid not null,
  primary key (id)
) partition by range (id);
create table gateway_requests_default partition of gateway_requests default;
create index gateway_requests_newest on gateway_requests (workspace_id, id desc);
create index gateway_requests_of_token on gateway_requests (token_id, id desc);
create index gateway_requests_open on gateway_requests (token_id) where state = 'in_flight';
create index gateway_requests_open_of_node on gateway_requests (node) where state = 'in_flight';

create table gateway_attempts (
  id                uuid not null,
  request_id        uuid not null,
  workspace_id      uuid not null,
  no                integer not null,     -- 1 for the first attempt of the request
  seat              bigint not null,      -- the rotation number that the key was given for this attempt
  key_id            uuid not null,
  key_name          text not null,
  provider          text not null,
  model             text not null,
  state             text not null check (state in ('sent', 'ok', 'http_error', 'timeout', 'truncated', 'client_gone', 'not_sent', 'unknown')),
  http_status       integer,
  outcome           text,                 -- the kind of outcome the classifier gave
  opened_at         timestamptz not null,
  ended_at          timestamptz,
  first_event_ms    integer,
  latency_ms        integer,
  prompt_tokens     integer,
  completion_tokens integer,
  reasoning_tokens  integer,
  cost              numeric(18, 8),
  cost_known        boolean not null default false,
  generation_id     text,                 -- the provider's own reference, for support
  node              uuid not null,
  primary key (id)
) partition by range (id);
create table gateway_attempts_default partition of gateway_attempts default;
create index gateway_attempts_of_request on gateway_attempts (request_id, no);
create index gateway_attempts_of_key on gateway_attempts (key_id, id desc);
create index gateway_attempts_open on gateway_attempts (key_id) where state = 'sent';
create index gateway_attempts_open_of_node on gateway_attempts (node) where state = 'sent';

-- Each start of a process. What is open of one that has not been seen for a while has an unknown outcome.
create table gateway_nodes (
  id       uuid primary key,
  seen_at  timestamptz not null
);

-- Requests of an access token by minute, counted over all nodes in the transaction that gives a key.
create table gateway_token_minutes (
  token_id uuid not null,
  minute   timestamptz not null,
  requests integer not null,
  primary key (token_id, minute)
) with (fillfactor = 70);
create index gateway_token_minutes_old on gateway_token_minutes (minute);

-- account: the requests of a conversation go to the keys of one account, in rotation; providers keep their cache by account.
alter table pools
  add column affinity       text not null default 'none' check (affinity in ('none', 'account')),
  add column calls_per_key  integer not null default 0 check (calls_per_key >= 0); -- gateway calls of one key in flight; 0: no limit

-- Sums of usage, as for attempts of runs: by the difference between the rows before and after. Rows are stored as sent, which
-- does not count, so only updates are looked at.
create function count_changed_gateway_attempts() returns trigger language plpgsql as $$
declare changes usage_change[];
begin
  with changed as (
    select n.id from new_attempts n join old_attempts o on o.id = n.id
     where (n.state, n.prompt_tokens, n.completion_tokens, n.cost, n.latency_ms)
           is distinct from (o.state, o.prompt_tokens, o.completion_tokens, o.cost, o.latency_ms)
  ), signed as (
    select a.*, 1 as sign from new_attempts a where a.id in (select id from changed)
    union all
    select a.*, -1 from old_attempts a where a.id in (select id from changed)
  )
  select array_agg(usage_change_of(a.key_id, a.key_name, a.workspace_id, a.provider, a.model, a.opened_at,
                                   case a.state when 'truncated' then 'http_error' when 'client_gone' then 'cancelled' else a.state end,
                                   a.prompt_tokens, a.completion_tokens, a.cost, a.latency_ms, a.sign))
    into changes
    from signed a
   where a.state not in ('sent', 'not_sent');
  if changes is not null then
    perform add_usage(changes);
  end if;
  return null;
end
$$;
create trigger gateway_attempts_changed_usage after update on gateway_attempts
  referencing old table as old_attempts new table as new_attempts
  for each statement execute function count_changed_gateway_attempts();
