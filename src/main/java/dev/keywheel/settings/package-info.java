/**
 * Settings changed in the browser, stored by workspace and name; the owner of a group defines it.
 */
@NullMarked
package dev.keywheel.settings;

import org.jspecify.annotations.NullMarked;
