-- A request of the gateway has a log stream, named by its id, when a key took over in it or when it was refused.
alter table event_streams drop constraint event_streams_kind_check;
alter table event_streams add constraint event_streams_kind_check check (kind in ('run', 'recovery', 'request'));
