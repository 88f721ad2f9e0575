-- One person's lines of one kind: through the index of either alone, all of the person's or all of the kind are read for a page.
drop index concurrently if exists audit_events_by_actor_and_action;
create index concurrently audit_events_by_actor_and_action on audit_events (workspace_id, actor, action, id desc);
