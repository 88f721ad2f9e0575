-- A fast run writes both sections at once; the others let the second wait for the first.
alter table runs drop constraint runs_mode_check;
alter table runs add constraint runs_mode_check check (mode in ('parallel', 'fast', 'sequential'));
