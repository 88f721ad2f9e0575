-- Who may do what: people are members of workspaces with a role. Everything else in the database belongs to a workspace,
-- so that one person's keys can never be reached from another workspace by guessing an id.
create table users (
  id             uuid primary key,
  email          text not null,
  password_hash  text not null,
  created_at     timestamptz not null,
  disabled_at    timestamptz,
  password_changed_at timestamptz not null,
  constraint users_email_form check (length(email) between 3 and 254 and email = lower(email))
);
create unique index users_by_email on users (email);

create table workspaces (
  id          uuid primary key,
  name        text not null check (length(name) between 1 and 100),
  created_at  timestamptz not null
);

create table members (
  workspace_id uuid not null references workspaces on delete cascade,
  user_id      uuid not null references users on delete cascade,
  role         text not null check (role in ('admin', 'operator', 'viewer')),
  joined_at    timestamptz not null,
  primary key (workspace_id, user_id)
);
create index members_of_user on members (user_id);

-- Only the hash of a session's id is kept: a stolen dump opens no session.
create table sessions (
  id_hash       bytea primary key,
  user_id       uuid not null references users on delete cascade,
  workspace_id  uuid not null references workspaces on delete cascade,
  created_at    timestamptz not null,
  last_active_at timestamptz not null,
  expires_at    timestamptz not null,
  confirmed_at  timestamptz,              -- when the password was last given: sensitive actions ask again after 10 minutes
  address       text,
  agent         text
);
create index sessions_of_user on sessions (user_id);
create index sessions_expired on sessions (expires_at);

-- One-time links that stand in for a sign-in: the first administrator, a password reset. Kept as a hash.
create table one_time_links (
  token_hash  bytea primary key,
  purpose     text not null check (purpose in ('setup', 'reset')),
  user_id     uuid references users on delete cascade,
  created_at  timestamptz not null,
  expires_at  timestamptz not null,
  used_at     timestamptz
);

-- Failed sign-ins by account and by address; in the database so that a restart does not forget them.
create table login_throttle (
  subject      text primary key,
  failures     integer not null check (failures >= 0),
  blocked_until timestamptz,
  last_failure_at timestamptz not null
);

-- Who did what. Each row carries the hash of the row before it, so that a removed or altered row shows.
create table audit_events (
  id           bigint generated always as identity primary key,
  workspace_id uuid references workspaces,
  at           timestamptz not null,
  actor        text not null,
  actor_id     uuid,
  action       text not null,
  subject      text,
  details      jsonb not null default '{}',
  address      text,
  previous     bytea,
  hash         bytea not null
);
create index audit_events_newest on audit_events (workspace_id, id desc);
create index audit_events_of_subject on audit_events (subject, id desc);
