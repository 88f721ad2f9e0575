-- Each request wrote into both and into the other index of what is open, which serves the same queries: of the rows that are open, those of
-- other nodes are closed.
drop index gateway_requests_open_of_node;
drop index gateway_attempts_open_of_node;
