-- A run is found by its number from every page.
create unique index runs_by_number on runs (number);
