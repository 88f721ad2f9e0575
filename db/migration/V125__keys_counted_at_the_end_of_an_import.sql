-- An import inserts its keys without the lock of the pool, for which requests wait, and locks the pool only to count them at its end. The
-- row of the pool would be locked by its counters as soon as the first keys are inserted, so the import announces that it counts them
-- itself. Otherwise as before: nodes of the previous version and all other changes have their keys counted here.
create or replace function count_keys() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if current_setting('keywheel.pool_counts', true) is distinct from 'later' then
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
    end if;
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
