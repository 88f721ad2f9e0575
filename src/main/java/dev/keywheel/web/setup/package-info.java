/** Creates the first administrator of a new installation. */
@NullMarked
package dev.keywheel.web.setup;

import org.jspecify.annotations.NullMarked;
