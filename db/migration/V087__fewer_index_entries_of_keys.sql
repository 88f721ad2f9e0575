-- A test of a key writes the key's row again, and with it an entry in every index that holds the row. The unique index of names
-- serves the order by name as well; keys without tags need no entry in the index of tags. Its predicate is not tags <> '{}', for which
-- the planner takes the tagged keys to be few and reads them all. Built beside running nodes.
drop index concurrently if exists api_keys_by_name;

drop index concurrently if exists api_keys_tagged;
create index concurrently api_keys_tagged on api_keys using gin (tags) where cardinality(tags) > 0 and deleted_at is null;
drop index concurrently if exists api_keys_by_tag;
