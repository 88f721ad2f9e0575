-- The keys that a change changed, built beside running nodes.
drop index concurrently if exists key_changes_of_change;
create index concurrently key_changes_of_change on key_changes (change_id, key_id) where change_id is not null;
