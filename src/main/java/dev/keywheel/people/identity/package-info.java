/** Identity: principal, role, session, member, e-mail address, secret tokens. */
@NullMarked
package dev.keywheel.people.identity;

import org.jspecify.annotations.NullMarked;
