-- The list of requests narrowed to empty answers, which are few among the complete ones.
create index gateway_requests_empty on gateway_requests (workspace_id, id desc) where state = 'ok' and reason = 'model:empty';
