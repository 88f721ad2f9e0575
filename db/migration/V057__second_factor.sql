-- The second factor of a user: an authenticator app (TOTP), passkeys (WebAuthn) and recovery codes. The app's secret is encrypted like a
-- provider key; of recovery codes only salted hashes are kept.
create table authenticator_apps (
  user_id       uuid primary key references users on delete cascade,
  data_key_id   uuid not null references data_keys,
  secret        bytea not null,
  created_at    timestamptz not null,
  confirmed_at  timestamptz,
  last_step     bigint not null default 0
);
comment on column authenticator_apps.confirmed_at is 'Null until a code of the app was entered: it does not count before.';
comment on column authenticator_apps.last_step is 'The 30-second step of the last accepted code: it and older ones are refused.';

create table passkeys (
  id             uuid primary key,
  user_id        uuid not null references users on delete cascade,
  credential_id  bytea not null unique,
  public_key     bytea not null,
  sign_count     bigint not null,
  name           text not null,
  created_at     timestamptz not null,
  last_used_at   timestamptz
);
create index passkeys_of_user on passkeys (user_id);

create table recovery_codes (
  user_id    uuid not null references users on delete cascade,
  code_hash  bytea not null,
  salt       bytea not null,
  used_at    timestamptz,
  primary key (user_id, code_hash)
);

-- What is asked of one browser for a few minutes: the second factor after the password, or the answer of a passkey. The holder is the hash of
-- a cookie or of the session, so that another browser cannot answer.
create table sign_in_challenges (
  holder_hash  bytea not null,
  purpose      text not null check (purpose in ('second_factor', 'passkey', 'confirmation', 'registration')),
  user_id      uuid references users on delete cascade,
  request      text,
  network      text not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  primary key (holder_hash, purpose)
);
create index sign_in_challenges_by_end on sign_in_challenges (expires_at);
create index sign_in_challenges_anonymous on sign_in_challenges (network) where user_id is null;
