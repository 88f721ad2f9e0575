-- A job that replaces secrets goes on after the last part that it has finished, so it stores what became of the lines of the others. It can end early:
-- cancelled, or because its workspace is archived or its secrets are erased.
alter table key_imports
  add column missed  jsonb not null default '[]',  -- the lines of finished parts that replaced no secret
  add column stopped text;                         -- why it ended early
