/** Pages to import keys or replace their secrets, with the reports. */
@NullMarked
package dev.keywheel.web.keys.imports;

import org.jspecify.annotations.NullMarked;
