-- Which account made a response: its id and its encrypted reasoning mean something to that account only, so that a request that goes on
-- from them needs a key of the same account. Kept for an hour.
create table gateway_responses (
  workspace_id uuid not null,
  reference    bytea not null,                   -- SHA-256 of the id or of the encrypted reasoning
  provider     text not null,
  account      text not null,                    -- the id of the key where the account is unknown
  expires_at   timestamptz not null,
  primary key (workspace_id, reference)
);
create index gateway_responses_expired on gateway_responses (expires_at);
