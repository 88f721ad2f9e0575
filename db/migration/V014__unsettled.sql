-- What waits for a person, found without reading every run and every part: runs that failed or left gaps, parts out of date.
create index runs_unsettled on runs (workspace_id, state, created_at desc) where state in ('failed', 'completed_with_gaps');
create index parts_stale on parts (article_id) where current and stale;
