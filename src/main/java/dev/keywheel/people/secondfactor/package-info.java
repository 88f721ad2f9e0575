/**
 * The second step of a sign-in, the confirmation of protected actions, and the set-up, removal and
 * reset of second factors.
 */
@NullMarked
package dev.keywheel.people.secondfactor;

import org.jspecify.annotations.NullMarked;
