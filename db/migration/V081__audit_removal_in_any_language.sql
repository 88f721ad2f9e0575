-- The trigger knew its one allowed caller by an English word of PostgreSQL's context text, so retention of the audit log failed with lc_messages
-- of another language. The signature of the function is the same in all of them. An announcement whose number is no number, which Keywheel
-- never writes, is ignored instead of ending the removal with an error.
create or replace function refuse_audit_change() returns trigger language plpgsql as $$
declare
  stack text;
begin
  get diagnostics stack = pg_context;
  if tg_op = 'DELETE' and stack ~ 'remove_audit_events\(uuid,bigint,timestamp with time zone,integer\)' then
    return null;
  end if;
  raise exception 'Lines of the audit log cannot be changed or removed (%)', tg_op using errcode = 'insufficient_privilege';
end
$$;

create or replace function remove_audit_events(of_workspace uuid, up_to bigint, before timestamptz, most integer) returns integer
language plpgsql security definer as $$
declare
  removed integer;
begin
  if before > now() - interval '30 days' then
    raise exception 'Lines of the audit log are kept for 30 days at least' using errcode = 'insufficient_privilege';
  end if;
  if not exists (select from audit_events where workspace_id = of_workspace and action = 'removed old audit entries'
                    and case when details ->> 'up to entry' ~ '^[0-9]{1,18}$' then (details ->> 'up to entry')::bigint >= up_to end
                    and position > up_to) then
    raise exception 'No line of the audit log announces this removal' using errcode = 'insufficient_privilege';
  end if;
  with oldest as (
    select id, position <= up_to and at < before as expired
      from audit_events where workspace_id = of_workspace order by id limit most)
  delete from audit_events
   where id in (select id from oldest
                 where id < coalesce((select min(id) from oldest where not expired), 9223372036854775807));
  get diagnostics removed = row_count;
  return removed;
end
$$;
do $$
begin
  execute format('alter function remove_audit_events set search_path = %I, pg_temp', current_schema());
end
$$;
