-- Why a pool is paused: it decides what may end the pause early, on any node. Null for a pause of the previous version, which nothing ends.
alter table pools add column pause_cause text
  constraint pools_pause_cause check (pause_cause in ('provider_fails', 'keys_refused', 'address_blocked', 'other'));
