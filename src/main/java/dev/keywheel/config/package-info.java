/** The environment variables, read and validated once at startup. */
@NullMarked
package dev.keywheel.config;

import org.jspecify.annotations.NullMarked;
