-- The list of a million keys in the orders by status, account and last use, each as the list asks for it: without these every row is
-- sorted for a page of fifty. Orders by calls, success, latency and last test have none: every call or test would have to change it.
create index api_keys_by_status_order on api_keys
  (workspace_id, (case status when 'failed' then 0 when 'rate_limited' then 1 when 'active' then 2 else 3 end), id) where deleted_at is null;
create index api_keys_by_account_order on api_keys (workspace_id, (coalesce(account, '') collate "C"), id) where deleted_at is null;
create index api_keys_by_last_use on api_keys
  (workspace_id, (coalesce(last_used_at, timestamptz '1970-01-01 00:00:00+00')), id) where deleted_at is null;
