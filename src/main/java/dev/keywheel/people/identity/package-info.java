/** Identity: principal, role, session, member, email address, secret tokens. */
@NullMarked
package dev.keywheel.people.identity;

import org.jspecify.annotations.NullMarked;
