-- An article is made of parts; each part has versions, one of them current. Nothing that a model or a person wrote is overwritten.
create table articles (
  id           uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  slug         text not null,
  topic        text not null check (length(topic) between 1 and 500),
  title        text,
  language     text not null default 'en',
  state        text not null check (state in ('draft', 'reviewed')) default 'draft',
  reviewed_by  uuid references users,
  reviewed_by_name text,
  reviewed_at  timestamptz,
  demo         boolean not null default false,
  created_by   uuid references users,
  created_at   timestamptz not null,
  updated_at   timestamptz not null,
  words        integer not null default 0,
  score        integer,
  score_parts  jsonb,
  deleted_at   timestamptz
);
create index articles_newest on articles (workspace_id, created_at desc, id) where deleted_at is null;

create table parts (
  id            uuid primary key,
  article_id    uuid not null references articles on delete cascade,
  part          text not null check (part in ('plan', 'tool', 'review', 'guide', 'section_1', 'section_2', 'faq', 'image')),
  version       integer not null,
  current       boolean not null,
  origin        text not null check (origin in ('run', 'edit', 'restore', 'local')),
  run_id        uuid,
  attempt_id    bigint,
  body          jsonb not null,
  image         bytea,
  checks        jsonb not null default '{}',
  inputs_hash   text,
  locked        boolean not null default false,
  stale         boolean not null default false,
  created_by    uuid references users,
  created_by_name text,
  created_at    timestamptz not null,
  unique (article_id, part, version)
);
create unique index parts_one_current on parts (article_id, part) where current;
