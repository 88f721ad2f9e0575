/** The environment variables, read once at the start and checked. */
@NullMarked
package dev.keywheel.config;

import org.jspecify.annotations.NullMarked;
