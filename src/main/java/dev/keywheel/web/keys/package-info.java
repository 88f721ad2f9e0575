/**
 * The page of one key, changes of keys, key tests and the trash; the list and imports are in
 * packages of their own.
 */
@NullMarked
package dev.keywheel.web.keys;

import org.jspecify.annotations.NullMarked;
