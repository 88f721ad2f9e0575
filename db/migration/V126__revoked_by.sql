-- Who revoked an access token: an e-mail address. The previous version leaves it empty.
alter table gateway_tokens add column revoked_by text;
