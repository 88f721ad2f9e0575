-- A batch reads the keys that wait in pages, in the order of their ids, while it tests those before them.
drop index key_tests_waiting;
create index key_tests_waiting on key_tests (recovery_id, key_id) where result is null;
