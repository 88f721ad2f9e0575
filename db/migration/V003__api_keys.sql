-- The pool: one row for each provider key. The secret is ciphertext; the fingerprint finds a duplicate without opening anything.
create sequence rotation_seq;

-- One row for each workspace and provider: what is decided for the pool as a whole, and the row that an assignment locks.
create table pools (
  workspace_id uuid not null references workspaces on delete cascade,
  provider     text not null,
  text_class   text not null default 'free' check (text_class in ('free', 'paid')),
  paused_until timestamptz,
  paused_reason text,
  notice       text,
  last_bare    jsonb,                     -- the last refusal "too many requests" that named no cause: two of different accounts in a row are not the keys'
  version      bigint not null default 0, -- grows with every visible change of the pool: an unchanged page answers 304
  primary key (workspace_id, provider)
);

create table api_keys (
  id             uuid primary key,
  workspace_id   uuid not null references workspaces on delete cascade,
  provider       text not null check (length(provider) between 1 and 40),
  name           text not null check (length(name) between 1 and 100),
  account        text check (length(account) between 1 and 200),
  account_source text check (account_source in ('learnt', 'typed')),
  tags           text[] not null default '{}',
  data_key_id    uuid not null references data_keys,
  ciphertext     bytea not null,
  fingerprint    bytea not null,
  prefix         text not null check (length(prefix) <= 12),
  last_four      text not null check (length(last_four) <= 4),
  enabled        boolean not null default true,
  failure        jsonb,                   -- why the key is failed: reason, evidence, since
  limits         jsonb not null default '[]', -- limits that run: class, reach, reason, evidence, since, until
  ladder         jsonb not null default '{}', -- how often in a row a limit without a time of its own came, by reason
  -- Worked out from the columns above. What is shown and counted is the status for the models of the text operations.
  status         text not null check (status in ('active', 'rate_limited', 'failed', 'disabled')),
  reason         text,
  evidence       jsonb,
  until          timestamptz,             -- until when the shown limit runs
  check_due      timestamptz,             -- when to check next: for an active key, because of a limit of the other class of models
  usable_free    boolean not null default true,
  usable_paid    boolean not null default true,
  status_since   timestamptz not null,
  assigned_seq   bigint,                  -- null: never assigned, so it comes before all others
  added_seq      bigint generated always as identity,
  added_at       timestamptz not null,
  added_by       uuid references users,
  last_tested_at timestamptz,
  last_used_at   timestamptz,
  last_latency_ms integer,
  facts          jsonb not null default '{}', -- what the last key check said: caps, usage, tier
  calls          bigint not null default 0,
  calls_ok       bigint not null default 0,
  assigned       bigint not null default 0,
  tokens         bigint not null default 0,
  cost           numeric(18, 8) not null default 0,
  deleted_at     timestamptz,             -- in the trash; the ciphertext is wiped when the trash is emptied
  deleted_by     uuid references users,
  deleted_in     uuid                     -- which deletion put it there, so that one press takes all of it back
);
-- A key in the trash still counts as known: pasting it again offers to restore it.
create unique index api_keys_once_per_pool on api_keys (workspace_id, provider, fingerprint);
create index api_keys_rotation_free on api_keys (workspace_id, provider, assigned_seq nulls first, added_seq)
  where usable_free and deleted_at is null;
create index api_keys_rotation_paid on api_keys (workspace_id, provider, assigned_seq nulls first, added_seq)
  where usable_paid and deleted_at is null;
create index api_keys_by_status on api_keys (workspace_id, provider, status) where deleted_at is null;
create index api_keys_due on api_keys (check_due) where check_due is not null and deleted_at is null;
create index api_keys_trash on api_keys (workspace_id, deleted_at) where deleted_at is not null;
create index api_keys_of_deletion on api_keys (deleted_in) where deleted_in is not null;
create index api_keys_of_account on api_keys (workspace_id, provider, account) where account is not null;
create index api_keys_by_name on api_keys (workspace_id, lower(name), id) where deleted_at is null;
create index api_keys_by_added on api_keys (workspace_id, added_seq) where deleted_at is null;

-- Every change of a key, with who and why: "why is this key limited until 12:03?" is answered from here.
create table key_changes (
  id        bigint generated always as identity primary key,
  key_id    uuid not null references api_keys on delete cascade,
  at        timestamptz not null,
  kind      text not null,                -- added, status, enabled, disabled, deleted, restored, renamed, account, tags, revealed
  from_status text,
  to_status text,
  reason    text,
  evidence  jsonb,
  actor     text not null,                -- an e-mail, or the part of Keywheel that saw it: run, recovery
  run_id    uuid,
  recovery_id uuid
);
create index key_changes_of_key on key_changes (key_id, id desc);

-- A previewed import waits here for its confirmation, its secrets encrypted like any other.
create table key_imports (
  id           uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  provider     text not null,
  created_by   uuid not null references users,
  created_at   timestamptz not null,
  confirmed_at timestamptz,
  data_key_id  uuid not null references data_keys,
  ciphertext   bytea,                     -- the parsed lines; wiped on confirmation or after an hour
  report       jsonb                      -- what happened to each line, by number and last four
);
