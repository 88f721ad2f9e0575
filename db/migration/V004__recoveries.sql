-- A recovery tests keys all at once. At most one runs for a pool at any moment over all nodes: the unique index holds that.
create table recoveries (
  id            uuid primary key,
  workspace_id  uuid not null references workspaces on delete cascade,
  provider      text not null,
  trigger       text not null check (trigger in ('asked', 'low_pool', 'due', 'confirm')),
  asked_by      uuid references users,
  asked_by_name text,
  run_id        uuid,                     -- the run that asked, if any
  state         text not null check (state in ('running', 'done', 'cancelled', 'inconclusive')),
  fence         bigint not null default 0, -- grows with every node that takes the batch over: an earlier one writes nothing more
  started_at    timestamptz not null,
  ended_at      timestamptz,
  total         integer not null default 0,
  tested        integer not null default 0,
  recovered     integer not null default 0,
  still_active  integer not null default 0,
  still_limited integer not null default 0,
  still_failed  integer not null default 0,
  unknown       integer not null default 0,
  cancelled     integer not null default 0,
  slowest_ms    integer,
  reason        text
);
create unique index recoveries_one_running on recoveries (workspace_id, provider) where state = 'running';
create index recoveries_newest on recoveries (workspace_id, started_at desc);

create table key_tests (
  recovery_id uuid not null references recoveries on delete cascade,
  key_id      uuid not null references api_keys on delete cascade,
  asked_at    timestamptz not null,
  from_status text not null,
  result      text check (result in ('active', 'rate_limited', 'failed', 'unknown', 'cancelled')),
  reason      text,
  evidence    jsonb,
  latency_ms  integer,
  ended_at    timestamptz,
  primary key (recovery_id, key_id)
);
create index key_tests_waiting on key_tests (recovery_id) where result is null;
create index key_tests_of_key on key_tests (key_id, ended_at desc);
