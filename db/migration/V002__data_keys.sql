-- Envelope encryption: API keys are encrypted with a data key; a data key is stored only wrapped by the key-encryption key,
-- which never enters the database. A new key-encryption key means wrapping these few rows again, not every secret.
create table data_keys (
  id          uuid primary key,
  purpose     text not null check (purpose in ('secrets', 'fingerprints')),
  kek_id      text not null,              -- which key-encryption key opens it: the first 16 hex digits of its SHA-256
  wrapped     bytea not null,
  canary      bytea not null,             -- a known text under the data key: opened at each start, so that a wrong key shows before anything is written
  state       text not null check (state in ('active', 'retired')),
  created_at  timestamptz not null,
  rewrapped_at timestamptz
);
create unique index data_keys_one_active on data_keys (purpose) where state = 'active';
