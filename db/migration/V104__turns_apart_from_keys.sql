-- The turns of keys, apart from the keys. Each request of the gateway gives a key its next turn, and a new version of a key's row is
-- written into some twenty indexes: a turn is in three, which costs a fifth. A turn has what the rotation is read by; whether its
-- key can be used is kept by the trigger that counts keys, under the pool's lock like the turn itself. The columns assigned_seq and
-- assigned of api_keys are copies for the lists of keys: the gateway brings them up to date when it counts the calls of a key.
create table key_turns (
  key_id        uuid primary key,         -- no foreign key: the trigger removes the turns of removed keys, many at once
  workspace_id  uuid not null,
  provider      text not null,
  added_seq     bigint not null,
  assigned_seq  bigint,                   -- the rotation number of the last turn; null before the first
  assigned      bigint not null,          -- number of turns
  usable_free   boolean not null,         -- as of the key, and false in the trash
  usable_paid   boolean not null
) with (fillfactor = 50);
create index key_turns_free on key_turns (workspace_id, provider, assigned_seq nulls first, added_seq) where usable_free;
create index key_turns_paid on key_turns (workspace_id, provider, assigned_seq nulls first, added_seq) where usable_paid;

-- Runs assign keys by their own rows, and so does the gateway of the version before.
create function keep_turn() returns trigger language plpgsql as $$
begin
  update key_turns set assigned_seq = new.assigned_seq, assigned = assigned + new.assigned - old.assigned
   where key_id = new.id and (assigned_seq < new.assigned_seq or assigned_seq is null or new.assigned_seq is null);
  return null;
end
$$;

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
    insert into key_turns (key_id, workspace_id, provider, added_seq, assigned_seq, assigned, usable_free, usable_paid)
    select id, workspace_id, provider, added_seq, assigned_seq, assigned, usable_free and deleted_at is null,
           usable_paid and deleted_at is null
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
    delete from key_turns where key_id in (select id from old_rows);
  elsif exists (select id, workspace_id, provider, status, deleted_at, usable_free, usable_paid from new_rows
                except select id, workspace_id, provider, status, deleted_at, usable_free, usable_paid from old_rows) then
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
    update key_turns t
       set usable_free = n.usable_free and n.deleted_at is null, usable_paid = n.usable_paid and n.deleted_at is null
      from new_rows n
     where t.key_id = n.id
       and (t.usable_free, t.usable_paid)
           is distinct from (n.usable_free and n.deleted_at is null, n.usable_paid and n.deleted_at is null);
  end if;
  return null;
end
$$;

-- Creating the trigger blocks writers until this transaction ends, so that no turn is missed.
create trigger keep_turn after update of assigned_seq on api_keys
  for each row when (new.assigned_seq is distinct from old.assigned_seq) execute function keep_turn();
insert into key_turns (key_id, workspace_id, provider, added_seq, assigned_seq, assigned, usable_free, usable_paid)
select id, workspace_id, provider, added_seq, assigned_seq, assigned, usable_free and deleted_at is null,
       usable_paid and deleted_at is null
  from api_keys;
analyze key_turns;

-- With the turns of the keys.
create or replace function analyze_api_keys() returns void language plpgsql security definer as $$
begin
  analyze api_keys;
  analyze key_turns;
end
$$;
do $$
begin
  execute format('alter function analyze_api_keys set search_path = %I, pg_temp', current_schema());
end
$$;
