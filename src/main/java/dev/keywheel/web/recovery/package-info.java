/** Key tests: running and earlier batches and their results. */
@NullMarked
package dev.keywheel.web.recovery;

import org.jspecify.annotations.NullMarked;
