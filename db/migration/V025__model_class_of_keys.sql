-- A change of the workspace's text models changes which limits the shown status of a key tells of. The keys follow in batches;
-- here is how far they are: null when all are done.
alter table pools add column reclassify_after uuid;

-- The keys whose status may depend on the class of models.
create index api_keys_limited on api_keys (workspace_id, provider, id) where limits <> '[]' and deleted_at is null;

-- A run's own model no longer changes the class: it is that of the first text model in the workspace's settings.
update pools p
   set text_class = c.class, reclassify_after = '00000000-0000-0000-0000-000000000000'
  from (select q.workspace_id, q.provider,
               case when coalesce(s.value -> 'roles' -> 'WRITER' ->> 0, ':free') like '%:free'
                         or s.value -> 'roles' -> 'WRITER' ->> 0 = 'openrouter/free' then 'free' else 'paid' end as class
          from pools q left join settings s on s.workspace_id = q.workspace_id and s.name = 'models_' || q.provider) c
 where c.workspace_id = p.workspace_id and c.provider = p.provider and c.class <> p.text_class;
