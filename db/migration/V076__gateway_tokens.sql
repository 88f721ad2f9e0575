-- Access tokens of the gateway. A token's secret is not stored: only its HMAC under a key of the vault, by which it is found,
-- and what a page shows of it. A rotated token has two secrets until the end of the grace. An empty list limits nothing.
create table gateway_tokens (
  id                  uuid primary key,
  workspace_id        uuid not null references workspaces on delete cascade,
  name                text not null,
  notes               text not null default '',
  created_at          timestamptz not null,
  created_by          text not null,             -- an e-mail address
  operations          text[] not null default '{}',
  models              text[] not null default '{}', -- ids, aliases, patterns with *
  providers           text[] not null default '{}',
  key_tags            text[] not null default '{}',
  addresses           text[] not null default '{}', -- networks in CIDR notation
  requests_per_minute int not null default 0 check (requests_per_minute >= 0), -- 0: no limit
  parallel            int not null default 0 check (parallel >= 0),            -- 0: no limit
  provider_extras     boolean not null default false,
  show_key_name       boolean not null default false,
  expires_at          timestamptz,
  revoked_at          timestamptz,
  last_used_at        timestamptz,               -- to the minute
  last_address        text
) with (fillfactor = 80);
create unique index gateway_tokens_name on gateway_tokens (workspace_id, lower(name)) where revoked_at is null;
create index gateway_tokens_newest on gateway_tokens (workspace_id, created_at desc);

create table gateway_token_secrets (
  hash        bytea primary key,
  token_id    uuid not null references gateway_tokens on delete cascade,
  prefix      text not null,
  last4       text not null,
  created_at  timestamptz not null,
  valid_until timestamptz                        -- null: the current secret
);
create unique index gateway_token_secrets_current on gateway_token_secrets (token_id) where valid_until is null;
create index gateway_token_secrets_of_token on gateway_token_secrets (token_id);

