-- The runs and keys with most calls or the highest cost of a month are among the first ones of its days, which these indexes have:
-- pages read 31 times 100 rows instead of a month of them. The last one is for a result that few keys of a batch have. Built
-- beside running nodes.
drop index concurrently if exists runs_by_calls_of_day;
create index concurrently runs_by_calls_of_day
  on runs (workspace_id, ((created_at at time zone 'UTC')::date), calls desc, created_at desc, id desc) where calls > 0;
drop index concurrently if exists runs_by_cost_of_day;
create index concurrently runs_by_cost_of_day
  on runs (workspace_id, ((created_at at time zone 'UTC')::date), cost desc, created_at desc, id desc) where calls > 0;

drop index concurrently if exists usage_key_days_by_calls;
create index concurrently usage_key_days_by_calls on usage_key_days (workspace_id, day, calls desc, key_id);
drop index concurrently if exists usage_key_days_by_cost;
create index concurrently usage_key_days_by_cost on usage_key_days (workspace_id, day, cost desc, key_id);
drop index concurrently if exists usage_key_days_of_workspace;

drop index concurrently if exists key_tests_newly_failed;
create index concurrently key_tests_newly_failed on key_tests (recovery_id, key_id) where result = 'failed' and from_status <> 'failed';
