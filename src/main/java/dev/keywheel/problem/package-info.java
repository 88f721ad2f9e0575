/** What can be wrong with a request, in words for the person who made it. */
@NullMarked
package dev.keywheel.problem;

import org.jspecify.annotations.NullMarked;
