/** The second step of a sign-in, step-up, and setting up, removing and resetting second factors. */
@NullMarked
package dev.keywheel.people.secondfactor;

import org.jspecify.annotations.NullMarked;
