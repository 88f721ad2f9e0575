-- One schedule for all checks: a failed key too says when its next one is due. To work that out from its tests took seconds a minute.
update api_keys
   set check_due = greatest(coalesce(checked_at, last_tested_at, status_since), status_since)
                   + least(greatest(coalesce(checked_at, last_tested_at, status_since) - status_since, interval '15 minutes'), interval '24 hours')
                     * (1 + (abs(hashtext(id::text)) % 100) / 1000.0)
 where status = 'failed' and enabled;

-- By pool, so that the due keys of a pool that is paused hide none of another.
drop index api_keys_due;
create index api_keys_due on api_keys (workspace_id, provider, check_due) where check_due is not null and deleted_at is null;
