/** Parts of statements that several rooms need: rows as arrays, searches in bounded time. */
@NullMarked
package dev.keywheel.db.query;

import org.jspecify.annotations.NullMarked;
