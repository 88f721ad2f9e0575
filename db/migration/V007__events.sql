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
  -- The writing transaction. Over several streams a reader goes by it, and only up to the oldest one still open, so that
  -- no line that commits late is missed.
  tx        bigint not null default (pg_current_xact_id()::text::bigint),
  primary key (stream_id, seq)
);
create index events_newest on events (workspace_id, tx desc, stream_id desc, seq desc);
