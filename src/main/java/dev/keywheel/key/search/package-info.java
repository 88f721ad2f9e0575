/** Lists keys: filters, sorting, keyset pages, counts, selections and the history of one key. */
@NullMarked
package dev.keywheel.key.search;

import org.jspecify.annotations.NullMarked;
