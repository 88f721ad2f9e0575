/**
 * Commands on keys with their audit lines: rename, tag, enable, disable, delete, restore, purge.
 */
@NullMarked
package dev.keywheel.key.edit;

import org.jspecify.annotations.NullMarked;
