-- These columns are not written any more: nothing ever read them. They are kept, because the nodes of the version before still write
-- them while both versions run; a migration of a later version drops them.
comment on column operations.result_part is 'Not written any more: a part names its run and its operation is its name.';
comment on column operations.inputs_hash is 'Not written any more.';
comment on column parts.inputs_hash is 'Not written any more.';
comment on column attempts.generation_id is 'Not written any more: the same as generationId in evidence.';
