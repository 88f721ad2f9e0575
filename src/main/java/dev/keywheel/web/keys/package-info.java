/** Wires the rooms of the keys pages: list, detail, imports, actions. */
@NullMarked
package dev.keywheel.web.keys;

import org.jspecify.annotations.NullMarked;
