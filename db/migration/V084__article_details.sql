-- An article can name its own author, and remembers which of its claims a person has checked.
alter table articles add column author text;
alter table articles add column checked_claims text[] not null default '{}';
