-- Moves the stored plans into run_seats, 5,000 runs at a time and each part in a transaction of its own: a migration that is killed
-- continues where it was.
do $$
declare
  done uuid := '00000000-0000-0000-0000-000000000000';
  upto uuid;
begin
  loop
    select id into upto
      from (select id from runs where id > done order by id limit 5000) part order by id desc limit 1;
    exit when upto is null;
    insert into run_seats (run_id, place, key_id, key_name, rotation_number)
    select r.id, seat.place, (seat.value ->> 'keyId')::uuid, seat.value ->> 'keyName', (seat.value ->> 'seq')::bigint
      from runs r cross join lateral jsonb_array_elements(r.plan -> 'seats') with ordinality seat(value, place)
     where r.id > done and r.id <= upto
    on conflict do nothing;
    commit;
    done := upto;
  end loop;
end
$$;
