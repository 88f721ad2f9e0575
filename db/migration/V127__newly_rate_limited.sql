-- Counts the keys that a batch found rate limited and that were not before, as newly_failed does for failed keys. The index is for a result
-- that few keys of a batch have. The column is filled 500 batches at a time, each part in a transaction of its own: a migration that is
-- killed starts again, and a node of the previous version is never locked out for long. Nodes of that version do not count these keys.
alter table recoveries add column if not exists newly_limited integer not null default 0;
comment on column recoveries.newly_limited is 'Rate limited now and not before the batch; these are among still_limited.';

drop index concurrently if exists key_tests_newly_limited;
create index concurrently key_tests_newly_limited on key_tests (recovery_id, key_id)
  where result = 'rate_limited' and from_status <> 'rate_limited';

do $$
declare
  done uuid := '00000000-0000-0000-0000-000000000000';
  upto uuid;
begin
  loop
    select id into upto
      from (select id from recoveries where id > done order by id limit 500) part order by id desc limit 1;
    exit when upto is null;
    update recoveries
       set newly_limited = (select count(*) from key_tests t
                             where t.recovery_id = recoveries.id and t.result = 'rate_limited' and t.from_status <> 'rate_limited')
     where still_limited > 0 and id > done and id <= upto;
    commit;
    done := upto;
  end loop;
end
$$;
