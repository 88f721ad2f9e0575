/**
 * What people set in the browser, kept by workspace and name; the owner of a group gives its shape.
 */
@NullMarked
package dev.keywheel.settings;

import org.jspecify.annotations.NullMarked;
