-- The model of a token's requests that name none: an id or an alias; null for none. A node of the previous version refuses such requests.
alter table gateway_tokens add column default_model text;
