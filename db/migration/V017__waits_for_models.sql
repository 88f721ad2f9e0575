-- While every model of an operation is busy the operation waits and asks again; the page says until when and why. A run that failed may be
-- retried by itself, a bounded number of times since a person last asked for it.
alter table operations add wait_until timestamptz, add wait_reason text;
alter table runs add retries integer not null default 0, add retry_at timestamptz;
