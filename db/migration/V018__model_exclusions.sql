-- A key that fails for a model for which other keys are answered (its account is cut off from that model, for instance) is set aside for that
-- model for a while. It stays in use for all others. The evidence is kept by each node for itself, the decision holds for all of them.
create table model_exclusions (
  key_id uuid not null references api_keys on delete cascade,
  model  text not null,
  until  timestamptz not null,
  times  integer not null,
  since  timestamptz not null,
  reason text not null,
  primary key (key_id, model)
);
create index model_exclusions_running on model_exclusions (model, until);
