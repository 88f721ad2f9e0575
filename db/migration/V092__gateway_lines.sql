-- The lines of the gateway among those of runs and tests, in the order of the log's page.
drop index concurrently if exists events_gateway;
create index concurrently events_gateway on events (workspace_id, position desc, stream_id desc, seq desc) where code like 'gw.%';
