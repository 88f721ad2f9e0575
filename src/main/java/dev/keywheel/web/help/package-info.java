/** The help page. */
@NullMarked
package dev.keywheel.web.help;

import org.jspecify.annotations.NullMarked;
