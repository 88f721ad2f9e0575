-- Lines of the audit log are added and read, never changed. Only the function below removes lines: the oldest ones, older than 30 days, and
-- only up to a position that a line of the log names. It runs with its owner's rights, so that the application's role needs neither UPDATE
-- nor DELETE; the trigger holds where both are one role.
create function refuse_audit_change() returns trigger language plpgsql as $$
declare
  stack text;
begin
  get diagnostics stack = pg_context;
  if tg_op = 'DELETE' and stack ~ 'function (\w+\.)?remove_audit_events\(' then
    return null;
  end if;
  raise exception 'Lines of the audit log cannot be changed or removed (%)', tg_op using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_events_append_only before update or delete or truncate on audit_events
  for each statement execute function refuse_audit_change();

create function remove_audit_events(of_workspace uuid, up_to bigint, before timestamptz, most integer) returns integer
language plpgsql security definer as $$
declare
  removed integer;
begin
  if before > now() - interval '30 days' then
    raise exception 'Lines of the audit log are kept for 30 days at least' using errcode = 'insufficient_privilege';
  end if;
  if not exists (select from audit_events where workspace_id = of_workspace and action = 'removed old audit entries'
                    and (details ->> 'up to entry')::bigint >= up_to and position > up_to) then
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
revoke execute on function remove_audit_events from public;
