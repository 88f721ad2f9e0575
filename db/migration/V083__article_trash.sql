-- Deleted articles stay in a trash until retention purges them. The row remains after that, without its parts: runs refer to it.
alter table articles add column deleted_by_name text;
alter table articles add column purged boolean not null default false;
create index articles_trashed on articles (workspace_id, deleted_at desc, id) where deleted_at is not null and not purged;
