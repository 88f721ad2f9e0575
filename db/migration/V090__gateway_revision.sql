-- Each node of the gateway keeps the tokens and aliases of a workspace in memory. A change raises this number in its own
-- transaction, and the transaction that gives keys to requests compares it: no request is served by what was changed before.
alter table workspaces add column gateway_revision bigint not null default 0;

create function raise_gateway_revision(workspace uuid) returns void language sql as $$
  update workspaces set gateway_revision = gateway_revision + 1 where id = workspace
$$;

-- A workspace that is being removed has no row any more, and nothing to raise.
create function gateway_token_changed() returns trigger language plpgsql as $$
begin
  perform raise_gateway_revision(old.workspace_id);
  return null;
end
$$;
create trigger gateway_token_changed after update on gateway_tokens for each row
  when (to_jsonb(old) - '{last_used_at,last_address}'::text[] is distinct from to_jsonb(new) - '{last_used_at,last_address}'::text[])
  execute function gateway_token_changed();
create trigger gateway_token_removed after delete on gateway_tokens for each row execute function gateway_token_changed();

create function gateway_secret_changed() returns trigger language plpgsql as $$
begin
  perform raise_gateway_revision(workspace_id) from gateway_tokens where id = old.token_id;
  return null;
end
$$;
create trigger gateway_secret_changed after update or delete on gateway_token_secrets for each row
  execute function gateway_secret_changed();

create function gateway_alias_changed() returns trigger language plpgsql as $$
begin
  perform raise_gateway_revision(coalesce(new.workspace_id, old.workspace_id));
  return null;
end
$$;
create trigger gateway_alias_changed after insert or update or delete on gateway_aliases for each row
  execute function gateway_alias_changed();

create function gateway_workspace_archived() returns trigger language plpgsql as $$
begin
  new.gateway_revision := old.gateway_revision + 1;
  return new;
end
$$;
create trigger gateway_workspace_archived before update of archived_at on workspaces for each row
  execute function gateway_workspace_archived();
