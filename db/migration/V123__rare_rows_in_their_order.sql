-- A request that no key can serve is told when the first limited key is due for a check, which is looked for with the pool locked. Only
-- limited keys are in the index: the failed ones, which are due for checks as well, may be many and earlier. Built beside running nodes.
drop index concurrently if exists api_keys_limited_due;
create index concurrently api_keys_limited_due on api_keys (workspace_id, provider, check_due)
  where check_due is not null and failure is null and deleted_at is null;

-- Requests of one model with an outcome other than ok. Without this index, all requests of the model or all with the outcome were read,
-- 100,000 and more. Answered requests are not in it.
create index if not exists gateway_requests_not_ok_of_model on gateway_requests (workspace_id, model_asked, state, id desc)
  where state not in ('ok', 'in_flight');
