-- Browsers in which an account signed in before: wrong passwords from elsewhere do not make them wait. Only a hash of the cookie is kept.
create table known_browsers (
  user_id       uuid not null references users on delete cascade,
  token_hash    bytea not null,
  last_used_at  timestamptz not null,
  primary key (user_id, token_hash)
);
