-- Columns and states that nothing reads or writes: the plan is in run_seats, the planned key of an operation follows from it, and no run
-- pauses and no operation is repaired in the code.
alter table runs drop column plan;
alter table operations drop column planned_key_id;

alter table runs drop constraint runs_state_check;
alter table runs add constraint runs_state_check
  check (state in ('queued', 'planning', 'running', 'waiting_keys', 'cancelling', 'completed', 'completed_with_gaps', 'failed', 'cancelled'));
alter table operations drop constraint operations_state_check;
alter table operations add constraint operations_state_check
  check (state in ('pending', 'ready', 'running', 'waiting_key', 'succeeded', 'degraded', 'failed', 'skipped', 'cancelled'));
