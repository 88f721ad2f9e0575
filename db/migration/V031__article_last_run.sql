-- The list of articles filters by the state of an article's last run. Looking that up for every article takes seconds at a million of
-- them, so the article keeps it. A trigger, not the code that moves runs on, writes it: a run changes its state in ten places.
alter table articles add column last_run_id uuid, add column last_run_state text;

create function keep_last_run() returns trigger language plpgsql as $$
begin
  update articles set last_run_id = new.id, last_run_state = new.state
   where id = new.article_id and (tg_op = 'INSERT' or last_run_id = new.id);
  return null;
end
$$;

create trigger runs_started after insert on runs for each row execute function keep_last_run();
create trigger runs_moved after update of state on runs for each row
  when (old.state is distinct from new.state) execute function keep_last_run();
