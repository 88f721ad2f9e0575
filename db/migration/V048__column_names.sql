-- Columns get the names that the code uses for them. PostgreSQL changes only its catalog: indexes and generated columns follow.
alter table key_changes rename column was to old_value;
alter table key_changes rename column became to new_value;
alter table api_keys rename column ladder to backoff_steps;
alter table api_keys rename column found_by to search_text;
alter table api_keys rename column sorts_as to name_sort_key;
alter table pools rename column last_bare to last_unattributed_429;
