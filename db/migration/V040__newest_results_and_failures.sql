-- The page of a batch of a million keys: its newest results, and those of one kind. A key that was active and still is, the usual result,
-- is only in the first of these.
drop index concurrently if exists key_tests_newest;
create index concurrently key_tests_newest on key_tests (recovery_id, ended_at desc, key_id) where ended_at is not null;

drop index concurrently if exists key_tests_by_result;
create index concurrently key_tests_by_result on key_tests (recovery_id, result, key_id) where result <> 'active';

drop index concurrently if exists key_tests_recovered;
create index concurrently key_tests_recovered on key_tests (recovery_id, key_id) where result = 'active' and from_status <> 'active';

-- The dashboard's recent failures that nobody has looked into: from the articles whose last run failed, in the order of these runs.
drop index concurrently if exists articles_last_run_failed;
create index concurrently articles_last_run_failed on articles (workspace_id, last_run_id desc)
  where deleted_at is null and last_run_state = 'failed';
