-- PostgreSQL updates a row in place (HOT) when no index covers a column that changes, also in its condition. Three indexes had
-- conditions on the state of requests or attempts, so that each outcome was written to every index of its table. What these indexes
-- found is in tables of their own now, which are only a list of ids to look at: the state is that of the request or attempt.

-- Requests in flight. A request is added with its first attempt, changed with each further one, and removed when it is closed.
create table gateway_open_requests (
  id           uuid primary key,
  workspace_id uuid not null,
  token_id     uuid not null,
  node         uuid not null,
  attempt_id   uuid,                   -- the last attempt; null when it was not known when the row was added afterwards
  key_id       uuid,
  provider     text
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, vacuum_truncate = false);

-- Requests that ended in another way than ok, for lists.
create table gateway_unsuccessful_requests (
  id           uuid not null,
  workspace_id uuid not null,
  state        text not null,
  primary key (id, state)
);
create index gateway_unsuccessful_requests_newest on gateway_unsuccessful_requests (workspace_id, state, id desc);

-- Adds what is missing of the requests that began at the given id or later.
create function list_gateway_requests(first uuid) returns void language sql as $$
  insert into gateway_open_requests (id, workspace_id, token_id, node, attempt_id, key_id, provider)
    select distinct on (r.id) r.id, r.workspace_id, r.token_id, a.node, a.id, a.key_id, a.provider
      from gateway_attempts a join gateway_requests r on r.id = a.request_id
     where a.state = 'sent' and a.id >= first
     order by r.id, a.no desc
    on conflict do nothing;
  insert into gateway_open_requests (id, workspace_id, token_id, node)
    select id, workspace_id, token_id, node from gateway_requests where state = 'in_flight' and id >= first
    on conflict do nothing;
  insert into gateway_unsuccessful_requests (id, workspace_id, state)
    select id, workspace_id, state from gateway_requests where state not in ('ok', 'in_flight') and id >= first
    on conflict do nothing;
$$;
select list_gateway_requests('00000000-0000-0000-0000-000000000000');

-- Lists the requests of processes of the version before, and drops the three indexes once none of these processes was seen since the
-- given time. Returns whether there is more to do at once: one table is locked at a time, as requests lock both.
create function list_gateway_requests_of_old_nodes(alive timestamptz) returns boolean language plpgsql security definer as $$
declare
  requests_indexed boolean := to_regclass('gateway_requests_open') is not null;
begin
  if requests_indexed or exists (select from gateway_nodes where not lists_requests and seen_at < alive) then
    perform list_gateway_requests(first_id_of((alive - interval '2 days')::date));
  end if;
  if not requests_indexed or exists (select from gateway_nodes where not lists_requests and seen_at >= alive) then
    return false;
  end if;
  perform set_config('lock_timeout', '2s', true);
  begin
    if to_regclass('gateway_attempts_open') is not null then
      drop index gateway_attempts_open;
      return true;
    end if;
    drop index gateway_requests_open, gateway_requests_not_ok;
  exception when lock_not_available then
    null; -- the next call tries again
  end;
  return false;
end
$$;

-- Removes closed requests from the list, except those of which an attempt is still to be closed. The table is often empty when a
-- statement is planned, and has many dead rows later, so it is always read through its index.
create function unlist_gateway_requests(closed uuid[], open_attempts uuid[]) returns void language plpgsql
  set enable_seqscan = off as $$
begin
  delete from gateway_open_requests
   where id = any(closed) and (attempt_id is null or attempt_id <> all(open_attempts));
end
$$;

-- As in V082, with space in each page for the outcomes of its rows.
create or replace function make_gateway_days(first_day date, days integer) returns integer language plpgsql security definer as $$
declare
  made integer := 0;
  base text;
  day date;
begin
  perform set_config('lock_timeout', '2s', true);
  for day in select first_day + n from generate_series(0, least(days, 31) - 1) n loop
    foreach base in array array['gateway_requests', 'gateway_attempts'] loop
      if to_regclass(format('%I', base || to_char(day, '"_d"YYYYMMDD'))) is null then
        begin
          execute format('create table %I partition of %I for values from (%L) to (%L) with (fillfactor = 45)',
                         base || to_char(day, '"_d"YYYYMMDD'), base, first_id_of(day), first_id_of(day + 1));
          made := made + 1;
        exception when check_violation then
          null;
        end;
      end if;
    end loop;
  end loop;
  return made;
end
$$;
do $$
declare
  part regclass;
begin
  execute format('alter function make_gateway_days set search_path = %I, pg_temp', current_schema());
  execute format('alter function list_gateway_requests set search_path = %I, pg_temp', current_schema());
  execute format('alter function list_gateway_requests_of_old_nodes set search_path = %I, pg_temp', current_schema());
  for part in select inhrelid::regclass from pg_inherits
               where inhparent in ('gateway_requests'::regclass, 'gateway_attempts'::regclass)
               order by inhparent = 'gateway_attempts'::regclass, inhrelid loop
    execute format('alter table %s set (fillfactor = 45)', part);
  end loop;
end
$$;
revoke execute on function list_gateway_requests, list_gateway_requests_of_old_nodes from public;

-- Whether the process adds its requests to the two lists. Those of the version before do not.
alter table gateway_nodes add column lists_requests boolean not null default false;
