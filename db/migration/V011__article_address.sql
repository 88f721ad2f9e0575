-- The address where an article will stand in public, when its editor knows it: downloads name it as canonical, and the picture's from it.
-- Without one it is made of the workspace's site address and the slug, if that is set.
alter table articles add column address text check (length(address) <= 2000);
