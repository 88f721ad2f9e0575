/** Second factors: codes of an authenticator app, passkeys, recovery codes, and their tables. */
@NullMarked
package dev.keywheel.people.factor;

import org.jspecify.annotations.NullMarked;
