-- One row for each transaction of a run, written by it. When the connection breaks during a commit, the row
-- tells afterwards whether the transaction was committed, so that it is neither lost nor applied twice.
-- pg_xact_status() does not serve: after a crash PostgreSQL may give the same transaction id again.
-- Needed for minutes; removed after an hour.
create table committed_writes (
  id uuid primary key,
  written_at timestamptz not null
);
create index committed_writes_by_time on committed_writes (written_at);
