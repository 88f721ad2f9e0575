/** Reads keys from pasted text and files, previews them, and reports the result of an import. */
@NullMarked
package dev.keywheel.key.imports;

import org.jspecify.annotations.NullMarked;
