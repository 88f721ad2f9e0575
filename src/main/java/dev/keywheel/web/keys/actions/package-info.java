/** Changes of keys, key tests and the trash. */
@NullMarked
package dev.keywheel.web.keys.actions;

import org.jspecify.annotations.NullMarked;
