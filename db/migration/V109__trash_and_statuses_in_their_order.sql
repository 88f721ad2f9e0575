-- Keys that were deleted together have the same time, and their page sorted all of them by id. The keys of one status in the order of
-- their last use are found in the index alone: their rows are far apart, and 40,000 of a million took 300 ms. Only deleted keys are in
-- the first index; the second is written whenever a status changes, as before. Built beside running nodes.
drop index concurrently if exists api_keys_in_trash;
create index concurrently api_keys_in_trash on api_keys (workspace_id, deleted_at, id) where deleted_at is not null;
drop index concurrently if exists api_keys_trash;

drop index concurrently if exists api_keys_of_status;
create index concurrently api_keys_of_status
  on api_keys (workspace_id, status, name_sort_key) include (provider, id, assigned_seq, added_seq) where deleted_at is null;
drop index concurrently if exists api_keys_by_status_and_name;
