-- One rule for names: in a workspace no two keys have the same, whatever the case. Those that have are told apart by a number first.
do $$
declare
  double record;
  n integer;
  free text;
begin
  for double in
    select id, workspace_id, name from (
      select id, workspace_id, name, added_seq, row_number() over (partition by workspace_id, sorts_as order by added_seq) as place
        from api_keys where deleted_at is null) k
     where place > 1 order by added_seq
  loop
    n := 2;
    loop
      free := left(double.name, 90) || ' (' || n || ')';
      exit when not exists (select from api_keys
                             where workspace_id = double.workspace_id and deleted_at is null and sorts_as = lower(free));
      n := n + 1;
    end loop;
    update api_keys set name = free where id = double.id;
    insert into key_changes (key_id, at, kind, actor, was, became)
    values (double.id, now(), 'renamed', 'Keywheel', double.name, free);
  end loop;
end
$$;

create unique index api_keys_names on api_keys (workspace_id, sorts_as) where deleted_at is null;
