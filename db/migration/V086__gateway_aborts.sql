-- A user can abort a request from any node: the node that answers it reads its rows here, about once a second, and removes them.
create table gateway_aborts (
  request_id uuid primary key,
  node       uuid not null,                      -- the one that answers the request
  asked_at   timestamptz not null
);
create index gateway_aborts_of_node on gateway_aborts (node);

-- An aborted request is neither a failure nor cut off by its provider.
alter table gateway_requests drop constraint gateway_requests_state_check;
alter table gateway_requests add constraint gateway_requests_state_check
  check (state in ('in_flight', 'ok', 'client_gone', 'aborted', 'truncated', 'refused', 'failed', 'unknown'));

-- Names the secret that a request came with, so that a rotation also ends requests that still wait for a key.
alter table gateway_token_secrets add column id uuid not null unique default gen_random_uuid();
