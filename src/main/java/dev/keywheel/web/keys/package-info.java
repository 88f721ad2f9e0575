/**
 * The page of one key, changes of keys, key tests and the trash; the list and imports have their
 * own packages.
 */
@NullMarked
package dev.keywheel.web.keys;

import org.jspecify.annotations.NullMarked;
