-- The list of ten thousand keys in the order of the rotation. Keys never given come first, in the order they were added: their number is far
-- below every number that the rotation gives. Only an assignment changes it, as it does the indexes of the rotation.
create index api_keys_by_turn on api_keys (workspace_id, (coalesce(assigned_seq, added_seq - 4611686018427387904)), id)
  where deleted_at is null;
