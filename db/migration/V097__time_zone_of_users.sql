-- The time zone that a user has chosen, in every browser; null: that of the browser.
alter table users add column time_zone text check (length(time_zone) <= 64);
