-- Trigrams let an index answer "contains this text". A role without the right to create the extension, or a server without it, keeps
-- the slower search: every row is read. An administrator can add it later: create extension pg_trgm, then the indexes of V026.
do $$
begin
  create extension if not exists pg_trgm;
exception
  when insufficient_privilege or undefined_file or feature_not_supported then
    raise warning 'The extension pg_trgm cannot be created (%). Text search works, but reads every row.', sqlerrm;
end
$$;
