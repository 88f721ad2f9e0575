/** The screen of recovery: what is tested now, and what was. */
@NullMarked
package dev.keywheel.web.recovery;

import org.jspecify.annotations.NullMarked;
