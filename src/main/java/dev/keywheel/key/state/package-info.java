/**
 * Pure model of an API key: status, limits, reasons, recheck schedule, pool identity and rotation
 * number.
 */
@NullMarked
package dev.keywheel.key.state;

import org.jspecify.annotations.NullMarked;
