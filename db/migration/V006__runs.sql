-- A run is one execution of the pipeline. Each operation is saved when it ends, each attempt before and after its call,
-- so that pulling the plug at any moment costs nothing that was finished.
create table runs (
  id           uuid primary key,
  number       bigint generated always as identity,
  workspace_id uuid not null references workspaces on delete cascade,
  article_id   uuid not null references articles on delete cascade,
  request_id   uuid not null,             -- from the form: the same click twice is one run
  provider     text not null,
  kind         text not null check (kind in ('full', 'part', 'rerun')),
  mode         text not null check (mode in ('parallel', 'sequential')) default 'parallel',
  inputs       jsonb not null,
  state        text not null check (state in ('queued', 'planning', 'running', 'waiting_keys', 'paused', 'cancelling', 'completed', 'completed_with_gaps', 'failed', 'cancelled')),
  reason       text,
  plan         jsonb,                     -- the seats: key ids and names in position order
  excluded     uuid[] not null default '{}', -- keys that failed in this run for a reason of their own
  wait_until   timestamptz,
  wait_version bigint,                    -- the keys' version when it began to wait: a change wakes it earlier
  budget_since timestamptz,               -- calls are counted from here: a retry gets a new budget
  give_up_at   timestamptz,
  fence        bigint not null default 0, -- a worker that lost its run cannot write
  cancel_requested boolean not null default false,
  demo         boolean not null default false,
  started_by   uuid references users,
  started_by_name text not null,
  created_at   timestamptz not null,
  started_at   timestamptz,
  ended_at     timestamptz,
  calls        integer not null default 0,
  tokens       bigint not null default 0,
  cost         numeric(18, 8) not null default 0,
  totals       jsonb not null default '{}'
);
create unique index runs_one_per_request on runs (workspace_id, request_id);
create index runs_newest on runs (workspace_id, created_at desc, id);
create index runs_of_article on runs (article_id, created_at desc);
create index runs_unfinished on runs (state) where state in ('queued', 'planning', 'running', 'waiting_keys', 'paused', 'cancelling');

create table operations (
  run_id       uuid not null references runs on delete cascade,
  ordinal      integer not null check (ordinal between 1 and 8),
  name         text not null,
  state        text not null check (state in ('pending', 'ready', 'running', 'waiting_key', 'repairing', 'succeeded', 'degraded', 'failed', 'skipped', 'cancelled')),
  planned_key_id uuid,
  used_key_id  uuid,
  used_key_name text,
  model        text,
  result_part  uuid,
  inputs_hash  text,
  warnings     jsonb not null default '[]',
  error_code   text,
  error_text   text,
  started_at   timestamptz,
  ended_at     timestamptz,
  primary key (run_id, ordinal)
);

-- Written before the call is sent; the outcome follows in the same transaction as the key's status and the log lines.
create table attempts (
  id            bigint generated always as identity primary key,
  run_id        uuid not null references runs on delete cascade,
  ordinal       integer not null,
  no            integer not null,
  cause         text not null check (cause in ('first', 'replacement', 'retry', 'model_change', 'reask', 'continuation', 'resend')),
  key_id        uuid not null,
  key_name      text not null,
  seq           bigint,                   -- the rotation number the key was stamped with for this attempt, if it was
  model         text not null,
  state         text not null check (state in ('sent', 'ok', 'http_error', 'timeout', 'cut', 'invalid', 'cancelled', 'unknown')),
  http_status   integer,
  outcome       text,                     -- the kind of outcome the classifier gave
  finish_reason text,
  prompt_tokens integer,
  completion_tokens integer,
  reasoning_tokens integer,
  cost          numeric(18, 8),
  cost_known    boolean not null default false,
  latency_ms    integer,
  request_hash  text not null,
  generation_id text,                     -- the provider's own reference, for support
  evidence      jsonb,
  raw           bytea,                    -- the raw reply, compressed
  sent_at       timestamptz not null,
  ended_at      timestamptz,
  unique (run_id, ordinal, no)
);
create index attempts_of_key on attempts (key_id, sent_at desc);
create index attempts_open on attempts (run_id) where state = 'sent';
