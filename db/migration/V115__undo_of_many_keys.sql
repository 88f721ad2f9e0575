-- An undo of a change of many keys is made in parts, as the change was. Its keys are not copied into bulk_edit_keys: the job counts
-- them and then looks them up part by part, in the histories of the keys or by the mark of their deletion.
alter table bulk_edits
  add column undoes uuid,
  add column counted boolean not null default true,
  add column changed integer not null default 0;
comment on column bulk_edits.undoes is 'The change or deletion that is taken back; null for a change of keys that are in bulk_edit_keys.';
comment on column bulk_edits.counted is 'False while the keys of an undo are being counted: total grows until then.';

-- Keys that a later change of the same property was confirmed for while the undo waited for its turn.
create table bulk_edit_exclusions (
  edit_id uuid not null references bulk_edits on delete cascade,
  key_id  uuid not null,
  primary key (edit_id, key_id)
);

-- A node of the version before takes a change without rows in bulk_edit_keys for one that has ended, and would delete it.
create function keep_unfinished_undo() returns trigger language plpgsql as $$
begin
  raise exception 'the undo % is not finished', old.id;
end $$;
create trigger keep_unfinished_undo before delete on bulk_edits for each row
  when (old.undoes is not null and not old.cancelled and (not old.counted or old.done < old.total))
  execute function keep_unfinished_undo();
