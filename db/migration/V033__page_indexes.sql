-- One index for each filter of the lists of articles and runs, in the order of the list, so that a page reads its own rows only.
-- Built beside running nodes; an index that a killed migration left unfinished is dropped first.
drop index concurrently if exists runs_by_state;
create index concurrently runs_by_state on runs (workspace_id, state, created_at desc, id desc);
drop index concurrently if exists runs_unsettled;

drop index concurrently if exists articles_with_open_run;
create index concurrently articles_with_open_run on articles (workspace_id, created_at desc, id)
  where deleted_at is null and last_run_state in ('queued', 'planning', 'running', 'waiting_keys', 'cancelling');

drop index concurrently if exists articles_unsuccessful;
create index concurrently articles_unsuccessful on articles (workspace_id, created_at desc, id)
  where deleted_at is null and last_run_state in ('failed', 'cancelled');

drop index concurrently if exists articles_drafts;
create index concurrently articles_drafts on articles (workspace_id, created_at desc, id)
  where deleted_at is null and state = 'draft' and last_run_state in ('completed', 'completed_with_gaps');

drop index concurrently if exists articles_with_gaps;
create index concurrently articles_with_gaps on articles (workspace_id, created_at desc, id)
  where deleted_at is null and state = 'draft' and last_run_state = 'completed_with_gaps';

drop index concurrently if exists articles_reviewed;
create index concurrently articles_reviewed on articles (workspace_id, created_at desc, id)
  where deleted_at is null and state = 'reviewed';
