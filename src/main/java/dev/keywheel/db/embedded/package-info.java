/** The PostgreSQL that Keywheel starts itself: its programs, password and roles. */
@NullMarked
package dev.keywheel.db.embedded;

import org.jspecify.annotations.NullMarked;
