-- The two roles of Keywheel's database. A superuser runs this in the database that Keywheel uses, before the first start or at any time
-- later; to run it again changes nothing:
--
--   psql -d keywheel -f db/roles.sql
--   psql -d keywheel -c '\password keywheel_owner' -c '\password keywheel_app'
--
--   keywheel_owner  owns the tables and runs the migrations: DATABASE_MIGRATION_URL
--   keywheel_app    reads and writes rows, and changes no table: DATABASE_URL
--
-- Which rows keywheel_app may write, Keywheel grants after each migration. The embedded database and compose.yaml run this file too.
do $$
declare
  change text;
begin
  if not exists (select from pg_roles where rolname = 'keywheel_owner') then
    create role keywheel_owner;
  end if;
  if not exists (select from pg_roles where rolname = 'keywheel_app') then
    create role keywheel_app;
  end if;
  alter role keywheel_owner login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  alter role keywheel_app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;

  execute format('alter database %I owner to keywheel_owner', current_database());
  execute format('revoke temporary on database %I from public', current_database());
  execute format('grant connect on database %I to keywheel_app', current_database());
  alter schema public owner to keywheel_owner;
  revoke create on schema public from public;
  grant usage on schema public to keywheel_app;

  -- An older Keywheel ran the migrations with another role: what is in the schema changes hands, except extensions.
  for change in
    select format('alter %s %s owner to keywheel_owner',
                  case relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
                  oid::regclass)
      from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'S', 'v', 'm')
       and relowner <> 'keywheel_owner'::regrole
       and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid
                          and (deptype = 'e' or relkind = 'S' and deptype in ('a', 'i')))  -- a column's sequence follows its table
    union all
    select format('alter routine %s owner to keywheel_owner', oid::regprocedure)
      from pg_proc
     where pronamespace = 'public'::regnamespace and proowner <> 'keywheel_owner'::regrole
       and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e')
    union all
    select format('alter type %s owner to keywheel_owner', oid::regtype)
      from pg_type
     where typnamespace = 'public'::regnamespace and typtype in ('d', 'e') and typowner <> 'keywheel_owner'::regrole
       and not exists (select from pg_depend where classid = 'pg_type'::regclass and objid = pg_type.oid and deptype = 'e')
  loop
    execute change;
  end loop;
end
$$;
