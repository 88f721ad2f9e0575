-- Days of gateway requests: a partition is made some days ahead and dropped as a whole when all of it has expired. The
-- application's role may change no table; it calls these two functions, which run with their owner's rights.

-- The first id of a day: a UUIDv7 begins with the milliseconds of its time.
create function first_id_of(day date) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from day::timestamp) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- A day for which the default partition has rows already is left out: those rows expire one by one.
create function make_gateway_days(first_day date, days integer) returns integer language plpgsql security definer as $$
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
          execute format('create table %I partition of %I for values from (%L) to (%L)',
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

-- Drops the days that ended before this one; returns their number. The last two days are never dropped.
create function drop_gateway_days(first_kept date) returns integer language plpgsql security definer as $$
declare
  dropped integer := 0;
  part text;
begin
  perform set_config('lock_timeout', '2s', true);
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
               where i.inhparent in ('gateway_requests'::regclass, 'gateway_attempts'::regclass)
                 and c.relname ~ '_d\d{8}$'
                 and to_date(right(c.relname, 8), 'YYYYMMDD') < least(first_kept, current_date - 1)
               order by c.relname loop
    execute format('drop table %I', part);
    dropped := dropped + 1;
  end loop;
  return dropped;
end
$$;
do $$
begin
  execute format('alter function make_gateway_days set search_path = %I, pg_temp', current_schema());
  execute format('alter function drop_gateway_days set search_path = %I, pg_temp', current_schema());
end
$$;
revoke execute on function make_gateway_days, drop_gateway_days from public;

-- What did not end well is looked for among many good answers.
create index gateway_requests_not_ok on gateway_requests (workspace_id, state, id desc) where state not in ('ok', 'in_flight');
