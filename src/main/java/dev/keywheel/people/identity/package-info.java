/** Who acts: principal, role, session, member, e-mail address, one-time secrets. */
@NullMarked
package dev.keywheel.people.identity;

import org.jspecify.annotations.NullMarked;
