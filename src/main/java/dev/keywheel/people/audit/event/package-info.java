/** What an audit entry says: its action and its values, and how entries are filtered. */
@NullMarked
package dev.keywheel.people.audit.event;

import org.jspecify.annotations.NullMarked;
