-- Fills V031's columns 5,000 articles at a time, each in a transaction of its own: a migration that is killed goes on where it was when
-- it starts again, and a node of the version before is never locked out for long.
do $$
declare
  done uuid := '00000000-0000-0000-0000-000000000000';
  upto uuid;
begin
  loop
    select id into upto
      from (select id from articles where id > done order by id limit 5000) part order by id desc limit 1;
    exit when upto is null;
    update articles a set last_run_id = last.id, last_run_state = last.state
      from articles b
      cross join lateral (select id, state from runs where article_id = b.id order by created_at desc, id desc limit 1) last
     where a.id = b.id and a.last_run_id is null and b.id > done and b.id <= upto;
    commit;
    done := upto;
  end loop;
end
$$;
