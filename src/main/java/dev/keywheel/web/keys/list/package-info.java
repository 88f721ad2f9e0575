/** The list of keys: rows, filters, pool strip and live progress. */
@NullMarked
package dev.keywheel.web.keys.list;

import org.jspecify.annotations.NullMarked;
