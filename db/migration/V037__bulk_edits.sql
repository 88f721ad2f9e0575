-- A change to more keys than one transaction should hold: its keys are fixed when it is confirmed, and a job makes it in parts.
-- No foreign key on the keys: a million checks would make the confirming transaction slow, and a key that is gone is left out.
create table bulk_edits (
  id           uuid primary key,
  seq          bigint generated always as identity,
  workspace_id uuid not null references workspaces on delete cascade,
  kind         text not null check (kind in ('enable', 'disable', 'delete', 'restore', 'account', 'tag', 'untag')),
  value        text not null,
  total        integer not null,
  done         integer not null default 0,
  after_key    uuid not null default '00000000-0000-0000-0000-000000000000',
  cancelled    boolean not null default false,
  actor        text not null,
  actor_id     uuid not null,
  confirmed_at timestamptz not null
);
create index bulk_edits_in_order on bulk_edits (workspace_id, seq);

create table bulk_edit_keys (
  edit_id uuid not null,
  key_id  uuid not null,
  primary key (edit_id, key_id)
);
