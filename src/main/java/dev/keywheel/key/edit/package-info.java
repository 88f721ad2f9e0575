/**
 * Commands on keys with their audit entries: rename, tag, set the account, enable, disable, delete,
 * restore, undo and purge.
 */
@NullMarked
package dev.keywheel.key.edit;

import org.jspecify.annotations.NullMarked;
