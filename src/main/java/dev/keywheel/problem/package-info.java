/** Errors of a request, with messages for the user who made it. */
@NullMarked
package dev.keywheel.problem;

import org.jspecify.annotations.NullMarked;
