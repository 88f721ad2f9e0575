-- The execution log. A stream is a run or a recovery; its lines are numbered 1..n without a gap, the number given in the
-- transaction that writes the line, so that a reader after a cursor never misses one that commits late.
create table event_streams (
  id           uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  kind         text not null check (kind in ('run', 'recovery')),
  last_seq     bigint not null default 0
);

create table events (
  stream_id uuid not null references event_streams on delete cascade,
  seq       bigint not null,
  workspace_id uuid not null,
  at        timestamptz not null,
  level     text not null check (level in ('info', 'warn', 'error')),
  code      text not null,
  message   text not null,
  ordinal   integer,
  key_id    uuid,
  data      jsonb not null default '{}',
  primary key (stream_id, seq)
);
create index events_newest on events (workspace_id, at desc, stream_id, seq);
