-- What the list of ten thousand keys and the page of one key need.

-- The text that the search looks into, made ready when a key is written: asking for lower(…) of three columns of every row took most of the
-- time of a search. Bytes are compared, which is several times faster than the rules of a language. No index: a part of a word is looked for.
alter table api_keys add column found_by text collate "C"
  generated always as (lower(name || E'\n' || last_four || E'\n' || coalesce(account, ''))) stored;

-- The name is sorted in the same way, by bytes: an order that no update of the operating system changes under an index.
alter table api_keys add column sorts_as text collate "C" generated always as (lower(name)) stored;
drop index api_keys_by_name;
create index api_keys_by_name on api_keys (workspace_id, sorts_as, id) where deleted_at is null;

-- For the list of tags in use; empty, and so free of cost, where nobody uses tags.
create index api_keys_tagged on api_keys (workspace_id) where tags <> '{}' and deleted_at is null;

-- A deep test sends one smallest completion, and only because a person asked for it and saw its price.
alter table key_tests
  add column kind text not null default 'check' check (kind in ('check', 'deep')),
  add column model text,
  add column tokens integer,
  add column cost numeric(18, 8);
