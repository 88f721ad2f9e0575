-- The seats of a run were JSON in its row, under keys named after the components of a Java record: a rename in the code broke stored plans,
-- and finding the runs that hold a key meant unpacking every plan.
create table run_seats (
  run_id          uuid    not null references runs on delete cascade,
  place           integer not null check (place > 0), -- operation i has the seat at place (i - 1) mod n + 1
  key_id          uuid    not null,                   -- not a reference: a key may be purged before the run
  key_name        text    not null,
  rotation_number bigint  not null,
  primary key (run_id, place)
);
