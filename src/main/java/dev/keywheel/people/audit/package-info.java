/** The audit log: events, hash chain, verification, filter. */
@NullMarked
package dev.keywheel.people.audit;

import org.jspecify.annotations.NullMarked;
