-- The history of a key says what a change was and why. Names, accounts and tags are no secrets; none that looks like one is taken.

-- What it was before and is after a person changed it: a name, an account, a tag that was taken away or given.
alter table key_changes add column was text, add column became text;

-- The reason of a key's return was the reason of its failure. What was seen tells how it really came back.
update key_changes
   set reason = case when evidence is null then 'not_its_own'
                     when evidence ->> 'source' = 'key check' then 'check_passed'
                     else 'answered' end
 where kind = 'status' and to_status = 'active'
   and (from_status <> 'active' or evidence ->> 'rule' = 'R1 usable answer');
