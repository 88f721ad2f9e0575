-- The list of requests narrowed to a model that few of them asked for.
create index gateway_requests_of_model on gateway_requests (workspace_id, model_asked, id desc);
