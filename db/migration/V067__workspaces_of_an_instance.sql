-- One installation, several workspaces. Instance administrators make workspaces and own what all of them share; people join
-- a workspace by an invitation that says nothing about other workspaces. The administrators of the first workspace, until
-- now the only one, become instance administrators.
alter table users add column instance_admin boolean not null default false;
alter table users add column last_workspace_id uuid references workspaces on delete set null;
alter table workspaces add column archived_at timestamptz;

update users set instance_admin = true
 where id in (select user_id from members
               where role = 'admin'
                 and workspace_id = (select id from workspaces order by created_at, id limit 1));

-- An invitation ends when it is accepted. It belongs to an address, not to a user: whether there is an account with this
-- address is not the business of those who invite.
create table invitations (
  workspace_id uuid not null references workspaces on delete cascade,
  email        text not null,
  role         text not null check (role in ('admin', 'operator', 'viewer')),
  token_hash   bytea not null unique,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  primary key (workspace_id, email)
);
create index invitations_of_email on invitations (email);

-- Settings that hold for all workspaces.
create table instance_settings (
  name       text primary key,
  value      jsonb not null,
  changed_at timestamptz not null,
  changed_by text
);
insert into instance_settings (name, value, changed_at, changed_by)
select name, value, changed_at, changed_by from settings
 where name = 'retention' and workspace_id = (select id from workspaces order by created_at, id limit 1);
delete from settings where name = 'retention';

-- Where an object of an address belongs, to offer a switch to members of that workspace.
create view object_workspaces as
  select id, workspace_id from api_keys
  union all select id, workspace_id from articles
  union all select id, workspace_id from runs
  union all select id, workspace_id from recoveries
  union all select id, workspace_id from key_imports;
