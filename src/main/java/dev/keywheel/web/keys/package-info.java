/** The keys: the list and what is done to many of them, one key, adding, the trash. */
@NullMarked
package dev.keywheel.web.keys;

import org.jspecify.annotations.NullMarked;
