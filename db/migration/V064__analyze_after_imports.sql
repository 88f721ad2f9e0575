-- After an import of many keys their statistics must be current, and only the owner of a table may analyze it. The application's role calls this
-- function instead, which runs with its owner's rights and does nothing else.
create function analyze_api_keys() returns void language plpgsql security definer as $$
begin
  analyze api_keys;
end
$$;
do $$
begin
  execute format('alter function analyze_api_keys set search_path = %I, pg_temp', current_schema());
end
$$;
revoke execute on function analyze_api_keys from public;
