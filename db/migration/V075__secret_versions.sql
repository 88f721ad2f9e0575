-- The secret of a key can be replaced. An outcome of a call or check that was sent with an earlier version must not
-- mark the key; a result in a running batch that is older than the secret is tested again.
alter table api_keys
  add column secret_version integer not null default 1,
  add column secret_replaced_at timestamptz;

-- A preview of replacements waits for its confirmation as one of new keys does.
alter table key_imports add column replaces boolean not null default false;
