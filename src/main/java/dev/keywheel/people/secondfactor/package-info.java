/** The second step of a sign-in, the confirmation of actions, and changes of second factors. */
@NullMarked
package dev.keywheel.people.secondfactor;

import org.jspecify.annotations.NullMarked;
