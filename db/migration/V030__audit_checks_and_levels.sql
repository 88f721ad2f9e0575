-- The audit log is verified by a job, from the last line that was verified, and the page shows its result: verifying two million lines for every
-- view of the page takes more memory than a node has. Once a day the whole log is verified again, in parts.
create table if not exists audit_checks (
  workspace_id uuid primary key references workspaces on delete cascade,
  tail_id      bigint not null default 0, -- the last verified line, and its hash: a line that is gone or changed shows there
  tail_hash    bytea,
  tail_at      timestamptz,               -- when the end of the log was reached
  sweep_id     bigint not null default 0, -- where the pass over the whole log goes on
  sweep_hash   bytea,
  sweep_broken bigint,
  swept_at     timestamptz not null,
  broken_id    bigint                     -- the first line that does not follow from the one before it
);

-- Audit lines of one person, and of one action; warnings and errors of the execution log: each in the order of its page. Built beside running
-- nodes; what a killed migration left unfinished is dropped first.
drop index concurrently if exists audit_events_by_actor;
create index concurrently audit_events_by_actor on audit_events (workspace_id, actor, id desc);
drop index concurrently if exists audit_events_by_action;
create index concurrently audit_events_by_action on audit_events (workspace_id, action, id desc);
drop index concurrently if exists events_warnings;
create index concurrently events_warnings on events (workspace_id, position desc, stream_id desc, seq desc) where level in ('warn', 'error');
drop index concurrently if exists events_errors;
create index concurrently events_errors on events (workspace_id, position desc, stream_id desc, seq desc) where level = 'error';
