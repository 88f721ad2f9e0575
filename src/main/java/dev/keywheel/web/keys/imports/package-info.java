/** Pages of an import and its report. */
@NullMarked
package dev.keywheel.web.keys.imports;

import org.jspecify.annotations.NullMarked;
