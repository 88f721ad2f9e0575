/**
 * Encryption of secrets: data keys encrypt them, and a key-encryption key outside the database
 * wraps the data keys.
 */
@NullMarked
package dev.keywheel.secret;

import org.jspecify.annotations.NullMarked;
