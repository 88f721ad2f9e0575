/** JSON, resources, hashes, models and requests: used by all other packages of the sandbox. */
@NullMarked
package dev.keywheel.sandbox.base;

import org.jspecify.annotations.NullMarked;
