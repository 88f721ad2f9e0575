/** How long what is recorded is kept, and the job that removes what is older. */
@NullMarked
package dev.keywheel.retention;

import org.jspecify.annotations.NullMarked;
