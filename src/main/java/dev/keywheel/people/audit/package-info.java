/** The audit log: hash chain, verification, search, export. */
@NullMarked
package dev.keywheel.people.audit;

import org.jspecify.annotations.NullMarked;
