-- Numbers the lines of each audit log, 5,000 at a time and each part in a transaction of its own: a migration that is killed continues where
-- it was. The index is built beside running nodes.
do $$
declare
  log  record;
  last bigint;
  done bigint;
begin
  for log in select id from workspaces loop
    loop
      select coalesce(max(position), 0) into last from audit_events where workspace_id = log.id;
      select coalesce(max(id), 0) into done from audit_events where workspace_id = log.id and position is not null;
      update audit_events e set position = last + part.place
        from (select id, row_number() over (order by id) as place
                from (select id from audit_events where workspace_id = log.id and id > done order by id limit 5000) next) part
       where e.id = part.id;
      exit when not found;
      commit;
    end loop;
  end loop;
end
$$;
drop index concurrently if exists audit_events_by_position;
create index concurrently audit_events_by_position on audit_events (workspace_id, position);
