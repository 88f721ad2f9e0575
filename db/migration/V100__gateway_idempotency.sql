-- The Idempotency-Key of requests, kept for a day: of the requests of a token with the same one, the first is served.
-- There is no foreign key: a check for each row would lock the row of the token for every request.
create table gateway_idempotency (
  token_id   uuid not null,
  key_hash   bytea not null,                     -- SHA-256
  request_id uuid not null,
  claimed_at timestamptz not null,
  primary key (token_id, key_hash)
);
create index gateway_idempotency_claimed on gateway_idempotency (claimed_at);
