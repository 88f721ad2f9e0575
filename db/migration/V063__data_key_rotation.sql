-- Data keys can be rotated. A new data key seals at once; a job re-encrypts every secret of the retired key, which is
-- deleted when no row uses it. The progress is stored with the retired key, in the transaction of each batch.
alter table data_keys
  -- 1: may hold ciphertexts bound to kind and row only; 2: all are bound to workspace, provider and data key as well
  add column format        smallint not null default 1 check (format in (1, 2)),
  add column retired_at    timestamptz,
  add column secrets_total bigint,            -- secrets to move, counted when the job begins
  add column secrets_moved bigint not null default 0;

-- Key-encryption keys that were in use. Backups of the database made before the change need them, so that a person
-- deletes them, not the rotation.
create table retired_keks (
  kek_id     text primary key,
  retired_at timestamptz not null
);
