-- The list of the keys with one status is in the order of names. Without an index for both, the planner walks all keys in that order
-- until a page is full, which is long when a test has changed the keys at its beginning. It replaces the index of statuses. Built
-- beside running nodes.
drop index concurrently if exists api_keys_by_status_and_name;
create index concurrently api_keys_by_status_and_name
  on api_keys (workspace_id, status, name_sort_key) include (provider) where deleted_at is null;
drop index concurrently if exists api_keys_by_status;
