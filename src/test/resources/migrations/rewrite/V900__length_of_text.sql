-- Rewrites a table with rows, and is held up in its middle while a test wants it.
alter table many add column length integer;
update many set length = length(text);
do $$
begin
  if to_regclass('holds_up') is not null then
    perform pg_sleep(600);
  end if;
end
$$;
