-- More secrets than one transaction should hold are replaced by a job, in parts: who confirmed it, and how far it is.
alter table key_imports
  add column begun_at timestamptz,               -- null when it was confirmed in one transaction
  add column actor    text,
  add column actor_id uuid,
  add column total    integer not null default 0,
  add column done     integer not null default 0; -- secrets that the job has reached
create index key_imports_begun on key_imports (workspace_id) where begun_at is not null and confirmed_at is null;
