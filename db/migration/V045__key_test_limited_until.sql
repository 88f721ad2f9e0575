-- When the daily limit ends that outlasts a passed key check: it stood within the reason, behind the prefix day_runs_until.
alter table key_tests add limited_until timestamptz;
update key_tests
   set limited_until = substr(reason, length('day_runs_until:') + 1)::timestamptz, reason = 'free_daily'
 where reason like 'day\_runs\_until:%';
