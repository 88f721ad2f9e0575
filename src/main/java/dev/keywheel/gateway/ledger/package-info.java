/** Requests of the gateway and their attempts: rows, outcomes, queries, retention. */
@NullMarked
package dev.keywheel.gateway.ledger;

import org.jspecify.annotations.NullMarked;
