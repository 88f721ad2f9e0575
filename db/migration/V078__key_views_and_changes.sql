-- The page of keys: how many keys a batch found failed that had not been before, the views that users save, and the change that a line of
-- a key's history belongs to, so that exactly this change can be undone.
alter table recoveries add column newly_failed integer not null default 0;
comment on column recoveries.newly_failed is 'Failed now and not before the batch; these are among still_failed.';
update recoveries
   set newly_failed = (select count(*) from key_tests t
                        where t.recovery_id = recoveries.id and t.result = 'failed' and t.from_status <> 'failed')
 where still_failed > 0;

create table key_views (
  id            uuid primary key,
  workspace_id  uuid not null references workspaces on delete cascade,
  user_id       uuid not null references users on delete cascade,
  name          text not null,
  query         text not null,
  created_at    timestamptz not null
);
comment on column key_views.query is 'The address of the list: filter, order, rows on a page.';
create unique index key_views_of_user on key_views (workspace_id, user_id, lower(name));

alter table key_changes add column change_id uuid;
comment on column key_changes.change_id is 'The same for all keys that a user changed at once; null for others.';
