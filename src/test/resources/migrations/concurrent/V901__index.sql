-- An attempt that failed leaves an invalid index, which goes first.
drop index concurrently if exists many_by_id;
create unique index concurrently many_by_id on many (id);
