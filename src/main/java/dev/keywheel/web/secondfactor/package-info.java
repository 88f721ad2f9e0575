/** Setting up and removing the second factors of the signed-in user. */
@NullMarked
package dev.keywheel.web.secondfactor;

import org.jspecify.annotations.NullMarked;
