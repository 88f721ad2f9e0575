/** The first administrator of a fresh installation. */
@NullMarked
package dev.keywheel.web.setup;

import org.jspecify.annotations.NullMarked;
