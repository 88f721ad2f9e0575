-- Dropping a partition locks the default partition of its table. The days are made, and expired rows of the default partitions are
-- removed, with those of the requests locked before those of the attempts; the drop now takes the same order.
create or replace function drop_gateway_days(first_kept date) returns integer language plpgsql security definer as $$
declare
  dropped integer := 0;
  part text;
begin
  perform set_config('lock_timeout', '2s', true);
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
               where i.inhparent in ('gateway_requests'::regclass, 'gateway_attempts'::regclass)
                 and c.relname ~ '_d\d{8}$'
                 and to_date(right(c.relname, 8), 'YYYYMMDD') < least(first_kept, current_date - 1)
               order by c.relname desc loop
    execute format('drop table %I', part);
    dropped := dropped + 1;
  end loop;
  return dropped;
end
$$;
do $$
begin
  execute format('alter function drop_gateway_days set search_path = %I, pg_temp', current_schema());
end
$$;
