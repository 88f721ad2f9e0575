-- A test or use of a key writes its row again. Where the page has room for it and no indexed column changes, no index gets an entry:
-- in pages that are filled to the end, a test of a million keys writes five pages of indexes for each key, at random places. Rows
-- that are in full pages now get their room when they are next written.
alter table api_keys set (fillfactor = 50);
