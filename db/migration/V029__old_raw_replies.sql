-- Raw replies that may be old enough to be removed, and nothing else. Built beside running nodes; what a killed migration left is dropped first.
drop index concurrently if exists attempts_with_raw;
create index concurrently attempts_with_raw on attempts (sent_at) where raw is not null;
