-- What a run's page tells about an interruption: what a call of unknown outcome may have cost at most, and that
-- another worker has gone on with the run.
alter table attempts add column max_tokens integer; -- asked for; 0 leaves the bound to the model
alter table runs add column resumed_at timestamptz;  -- when a worker last took the run over from one that was cut off
