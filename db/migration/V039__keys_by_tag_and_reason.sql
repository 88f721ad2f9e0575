-- A million keys narrowed to a tag, or searched for the words of a reason, without reading each of them; the tags to choose from are those
-- of the newest keys that have one. Built beside running nodes. (V036 was not: its three indexes stop changes of keys while they are built,
-- 8 seconds for a million keys.)
drop index concurrently if exists api_keys_by_tag;
create index concurrently api_keys_by_tag on api_keys using gin (tags) where deleted_at is null;

drop index concurrently if exists api_keys_by_reason;
create index concurrently api_keys_by_reason on api_keys (workspace_id, reason) where reason is not null and deleted_at is null;

drop index concurrently if exists api_keys_newest_tagged;
create index concurrently api_keys_newest_tagged on api_keys (workspace_id, added_seq desc) where tags <> '{}' and deleted_at is null;
drop index concurrently if exists api_keys_tagged;
