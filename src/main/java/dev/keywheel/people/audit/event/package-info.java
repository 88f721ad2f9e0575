/** Audit entries: their actions and values, and the filter for them. */
@NullMarked
package dev.keywheel.people.audit.event;

import org.jspecify.annotations.NullMarked;
