-- Each request wrote into this index and into the other one of open requests, which serves the same queries: of the rows that are open,
-- those of other nodes are closed.
drop index gateway_requests_open_of_node;
