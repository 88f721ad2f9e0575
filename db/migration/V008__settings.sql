-- One row for each group of settings of a workspace; the code that owns the group gives its shape and its defaults.
create table settings (
  workspace_id uuid not null references workspaces on delete cascade,
  name         text not null,
  value        jsonb not null,
  changed_at   timestamptz not null,
  changed_by   text,
  primary key (workspace_id, name)
);
