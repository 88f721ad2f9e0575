-- Names for models of the gateway. A name with one * stands for all ids of that form; the * of a target is replaced by the
-- text that the * of the name stood for. Targets are tried in their order.
create table gateway_aliases (
  id           uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  name         text not null,
  enabled      boolean not null,
  targets      jsonb not null,  -- [{"provider": "openrouter", "model": "anthropic/claude-sonnet-4.5"}, …]
  created_at   timestamptz not null,
  changed_at   timestamptz not null,
  unique (workspace_id, name)
);

create or replace view object_workspaces as
  select id, workspace_id from api_keys
  union all select id, workspace_id from articles
  union all select id, workspace_id from runs
  union all select id, workspace_id from recoveries
  union all select id, workspace_id from key_imports
  union all select id, workspace_id from gateway_tokens
  union all select id, workspace_id from gateway_aliases;
