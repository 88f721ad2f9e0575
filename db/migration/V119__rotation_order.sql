-- The place of each key in the rotation of its pool, in a narrow table of its own. An assignment changes nothing else, but in the row of
-- the key it wrote a copy of the whole row and an entry into each of twelve indexes, one of them of trigrams, with the pool locked. The
-- outcomes of calls, which count in the row of the key, no longer wait for assignments, nor assignments for them.
-- Nodes of the previous version read and write the columns assigned and assigned_seq of api_keys; what they assign is taken over. Nothing
-- else uses these columns and their indexes from now on, and a later version drops them. All keys are copied in one transaction, with
-- the keys locked against changes, since a key that changed in between would be missed; that takes some seconds for a million.
lock table api_keys in share row exclusive mode;

create table rotation_order (
  key_id          uuid primary key,
  workspace_id    uuid not null,
  provider        text not null,
  status          text,              -- null in the trash
  usable_free     boolean not null,  -- false in the trash
  usable_paid     boolean not null,  -- false in the trash
  rotation_number bigint not null,   -- of the last assignment; negative before the first one, in the order in which keys were added
  assignments     bigint not null default 0
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);

insert into rotation_order
select id, workspace_id, provider, case when deleted_at is null then status end, deleted_at is null and usable_free,
       deleted_at is null and usable_paid, coalesce(assigned_seq, added_seq - 4611686018427387904), assigned
  from api_keys;

alter table rotation_order add foreign key (key_id) references api_keys on delete cascade;
create index rotation_order_free on rotation_order (workspace_id, provider, rotation_number) where usable_free;
create index rotation_order_paid on rotation_order (workspace_id, provider, rotation_number) where usable_paid;
create index rotation_order_listed on rotation_order (workspace_id, rotation_number, key_id) include (status) where status is not null;

-- As before, and keeps the rows of the rotation. Callers that change what is copied hold the lock of the pool, as those do that assign
-- keys. Ids are compared with an array, because a plan that was made for a change of many keys would read the whole table for one.
create or replace function count_keys() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into pools as p (workspace_id, provider, active, rate_limited, failed, disabled, trashed, usable_free, usable_paid, gains)
    select workspace_id, provider,
           count(*) filter (where deleted_at is null and status = 'active'),
           count(*) filter (where deleted_at is null and status = 'rate_limited'),
           count(*) filter (where deleted_at is null and status = 'failed'),
           count(*) filter (where deleted_at is null and status = 'disabled'),
           count(*) filter (where deleted_at is not null),
           count(*) filter (where deleted_at is null and usable_free),
           count(*) filter (where deleted_at is null and usable_paid),
           1
      from new_rows group by workspace_id, provider
    on conflict (workspace_id, provider) do update
       set active = p.active + excluded.active, rate_limited = p.rate_limited + excluded.rate_limited,
           failed = p.failed + excluded.failed, disabled = p.disabled + excluded.disabled, trashed = p.trashed + excluded.trashed,
           usable_free = p.usable_free + excluded.usable_free, usable_paid = p.usable_paid + excluded.usable_paid,
           gains = p.gains + 1;
    insert into rotation_order (key_id, workspace_id, provider, status, usable_free, usable_paid, rotation_number, assignments)
    select id, workspace_id, provider, case when deleted_at is null then status end, deleted_at is null and usable_free,
           deleted_at is null and usable_paid, coalesce(assigned_seq, added_seq - 4611686018427387904), assigned
      from new_rows;
  elsif tg_op = 'DELETE' then
    update pools p
       set active = p.active - d.active, rate_limited = p.rate_limited - d.rate_limited, failed = p.failed - d.failed,
           disabled = p.disabled - d.disabled, trashed = p.trashed - d.trashed,
           usable_free = p.usable_free - d.usable_free, usable_paid = p.usable_paid - d.usable_paid
      from (select workspace_id, provider,
                   count(*) filter (where deleted_at is null and status = 'active') as active,
                   count(*) filter (where deleted_at is null and status = 'rate_limited') as rate_limited,
                   count(*) filter (where deleted_at is null and status = 'failed') as failed,
                   count(*) filter (where deleted_at is null and status = 'disabled') as disabled,
                   count(*) filter (where deleted_at is not null) as trashed,
                   count(*) filter (where deleted_at is null and usable_free) as usable_free,
                   count(*) filter (where deleted_at is null and usable_paid) as usable_paid
              from old_rows group by workspace_id, provider) d
     where p.workspace_id = d.workspace_id and p.provider = d.provider;
  elsif exists (select id, workspace_id, provider, status, deleted_at, usable_free, usable_paid, assigned_seq from new_rows
                except select id, workspace_id, provider, status, deleted_at, usable_free, usable_paid, assigned_seq from old_rows) then
    update pools p
       set active = p.active + d.active, rate_limited = p.rate_limited + d.rate_limited, failed = p.failed + d.failed,
           disabled = p.disabled + d.disabled, trashed = p.trashed + d.trashed,
           usable_free = p.usable_free + d.usable_free, usable_paid = p.usable_paid + d.usable_paid,
           gains = p.gains + (d.gained > 0)::int
      from (select workspace_id, provider,
                   coalesce(sum(active), 0) as active, coalesce(sum(rate_limited), 0) as rate_limited, coalesce(sum(failed), 0) as failed, coalesce(sum(disabled), 0) as disabled,
                   coalesce(sum(trashed), 0) as trashed, coalesce(sum(usable_free), 0) as usable_free, coalesce(sum(usable_paid), 0) as usable_paid,
                   count(*) filter (where in_use_now > 0 and (in_use > 0 or usable_free > 0 or usable_paid > 0)) as gained
              from (select workspace_id, provider, id,
                           sum(n) filter (where deleted_at is null and status = 'active') as active,
                           sum(n) filter (where deleted_at is null and status = 'rate_limited') as rate_limited,
                           sum(n) filter (where deleted_at is null and status = 'failed') as failed,
                           sum(n) filter (where deleted_at is null and status = 'disabled') as disabled,
                           sum(n) filter (where deleted_at is not null) as trashed,
                           sum(n) filter (where deleted_at is null and usable_free) as usable_free,
                           sum(n) filter (where deleted_at is null and usable_paid) as usable_paid,
                           sum(n) filter (where deleted_at is null and status <> 'disabled') as in_use,
                           max(n) filter (where deleted_at is null and status <> 'disabled') as in_use_now
                      from (select id, workspace_id, provider, status, deleted_at, usable_free, usable_paid, 1 as n from new_rows
                            union all
                            select id, workspace_id, provider, status, deleted_at, usable_free, usable_paid, -1 from old_rows) r
                     group by workspace_id, provider, id) k
             group by workspace_id, provider) d
     where p.workspace_id = d.workspace_id and p.provider = d.provider
       and (d.gained, d.active, d.rate_limited, d.failed, d.disabled, d.trashed, d.usable_free, d.usable_paid)
           is distinct from (0, 0, 0, 0, 0, 0, 0, 0);
    update rotation_order r
       set workspace_id = k.workspace_id, provider = k.provider, status = case when k.deleted_at is null then k.status end,
           usable_free = k.deleted_at is null and k.usable_free, usable_paid = k.deleted_at is null and k.usable_paid,
           rotation_number = greatest(r.rotation_number, k.assigned_seq),
           assignments = r.assignments + coalesce((k.assigned_seq > r.rotation_number)::int, 0)
      from api_keys k
     where r.key_id = any(array(
             select id from (
               select id, workspace_id, provider, status, deleted_at, usable_free, usable_paid, assigned_seq from new_rows
               except select id, workspace_id, provider, status, deleted_at, usable_free, usable_paid, assigned_seq from old_rows) c))
       and k.id = r.key_id;
  end if;
  return null;
end
$$;

-- The statistics of both tables must be current after an import of many keys.
create or replace function analyze_api_keys() returns void language plpgsql security definer as $$
begin
  analyze api_keys, rotation_order;
end
$$;
do $$
begin
  execute format('alter function analyze_api_keys set search_path = %I, pg_temp', current_schema());
end
$$;

comment on column api_keys.assigned is 'Not written any more; see rotation_order.';
comment on column api_keys.assigned_seq is 'Not written any more; see rotation_order.';

-- Nodes of the previous version write the table by the trigger before the next start grants the rights on all tables.
do $$
declare grantee name;
begin
  for grantee in select g.grantee from information_schema.role_table_grants g
                  where g.table_schema = current_schema() and g.table_name = 'api_keys' and g.privilege_type = 'UPDATE'
                    and g.grantee <> current_user loop
    execute format('grant select, insert, update, delete on rotation_order to %I', grantee);
  end loop;
end
$$;

analyze rotation_order;
