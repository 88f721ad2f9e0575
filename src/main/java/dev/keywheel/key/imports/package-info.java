/**
 * Reads keys from pasted text and files; previews which are new, repeated, or already in the pool
 * or its trash; and reports the result of an import.
 */
@NullMarked
package dev.keywheel.key.imports;

import org.jspecify.annotations.NullMarked;
