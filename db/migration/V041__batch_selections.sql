-- A batch over all keys of a large pool: what it is to test is stored as a filter, and its keys are added in parts while those before them
-- are tested. Adding a million rows when the batch is asked for takes longer than a statement may.
create table batch_selections (
  id          bigint generated always as identity primary key,
  recovery_id uuid not null references recoveries on delete cascade,
  selection   jsonb not null,
  remaining   integer not null,          -- keys that are not added yet
  after_key   uuid not null default '00000000-0000-0000-0000-000000000000'
);
create index batch_selections_of_batch on batch_selections (recovery_id, id);
