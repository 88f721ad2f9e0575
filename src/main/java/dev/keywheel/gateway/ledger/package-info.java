/** Requests of the gateway and their attempts: rows, outcomes, queries and retention. */
@NullMarked
package dev.keywheel.gateway.ledger;

import org.jspecify.annotations.NullMarked;
