-- Columns that V099 named as no longer written. The version before this one neither writes nor reads them, so its nodes work on while both
-- versions run. Each statement is a transaction of its own: one that locked the three tables could be in a deadlock with a node that has read
-- attempts and then writes operations.
alter table operations drop column if exists result_part, drop column if exists inputs_hash;
alter table parts drop column if exists inputs_hash;
alter table attempts drop column if exists generation_id;
