-- An undo of a deletion restores its keys part by part, in the order of their ids.
drop index concurrently if exists api_keys_of_deletion_in_order;
create index concurrently api_keys_of_deletion_in_order on api_keys (deleted_in, id) where deleted_in is not null;
drop index concurrently if exists api_keys_of_deletion;
