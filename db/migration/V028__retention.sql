-- Old rows are removed after the times of the group of settings "retention", by a job that works in small parts. What it removed is kept here, so
-- that the settings page and the audit log can report it; so is the place in a pass over many keys, so that a restart goes on from there.
create table retention_progress (
  workspace_id uuid not null references workspaces on delete cascade,
  kind         text not null,
  cursor       text,                        -- where the pass goes on; null: a new pass begins
  removed      bigint not null default 0,   -- rows since the beginning
  unreported   bigint not null default 0,   -- rows that are not in the audit log yet
  kept_since   timestamptz,                 -- everything older was removed by the last pass that was finished
  finished_at  timestamptz,
  reported_at  timestamptz,
  primary key (workspace_id, kind)
);
create index key_imports_by_age on key_imports (workspace_id, created_at);
