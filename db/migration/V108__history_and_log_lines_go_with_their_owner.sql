-- A foreign key asks for the key or the stream of each new row with a query of its own: 7 % of the time in which a batch writes its
-- results. The rows cannot be without them: a line of a key's history is written by a transaction that holds the lock of the key or
-- of its pool, which every deletion waits for, and the lines of a stream by the statement that locks its row (log.LogInsert). What the
-- constraints did on a deletion, triggers do, once for each statement. They compare with an array, because the plan of a join would be
-- that for the first deletion of a connection.

-- Before the triggers, which lock less than the constraints: a node that has read keys and then writes them would be in a deadlock with
-- this migration. In the order in which nodes write.
lock table api_keys, key_changes, event_streams, events in access exclusive mode;

create function delete_key_changes() returns trigger language plpgsql as $$
begin
  delete from key_changes where key_id = any(array(select id from old_rows));
  return null;
end
$$;
create trigger delete_history after delete on api_keys
  referencing old table as old_rows for each statement execute function delete_key_changes();

create function delete_events() returns trigger language plpgsql as $$
begin
  delete from events where stream_id = any(array(select id from old_rows));
  return null;
end
$$;
create trigger delete_lines after delete on event_streams
  referencing old table as old_rows for each statement execute function delete_events();

alter table key_changes drop constraint key_changes_key_id_fkey;
alter table events drop constraint events_stream_id_fkey;
