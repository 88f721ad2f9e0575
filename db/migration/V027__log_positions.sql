-- Lines of several streams are ordered by a position of the log's own instead of the number of the writing transaction. That number belongs to the
-- whole server: one idle write transaction anywhere on it held back every reader, and a dump loaded into another server brought numbers from its
-- future, for which all lines were rewritten at the next start. The sequence is part of a dump, so nothing has to be repaired after a restore.
create sequence event_positions;
-- Above every number in use, and above the places that open pages still hold.
select setval('event_positions', greatest(
  pg_current_xact_id()::text::bigint,
  (select max((select tx from events where workspace_id = w.id order by tx desc limit 1)) from workspaces w)));

alter table events rename column tx to position;
alter table events alter column position set default nextval('event_positions');
