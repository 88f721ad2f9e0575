-- As V104. Apart from it, because a transaction that locks both tables could wait for a request that locked the second one first.
drop index gateway_attempts_open_of_node;
