-- The index of open runs without the state that is gone, built beside running nodes.
drop index concurrently if exists runs_open;
create index concurrently runs_open on runs (state) where state in ('queued', 'planning', 'running', 'waiting_keys', 'cancelling');
drop index concurrently if exists runs_unfinished;
