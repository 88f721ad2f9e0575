/** Parts of SQL statements that several packages use: rows as arrays, searches in bounded time. */
@NullMarked
package dev.keywheel.db.query;

import org.jspecify.annotations.NullMarked;
