-- Each call of a key changes the time of its last use. Without an index of it a call changes no indexed column, and PostgreSQL writes
-- the new row into the page of the old one and no entry into any index. Removed beside running nodes.
drop index concurrently if exists api_keys_by_last_use;
