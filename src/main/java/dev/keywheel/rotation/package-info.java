/**
 * Calls to a provider through the pool: the operation's key, the attempt written down before it is
 * sent, its outcome applied in one transaction, another key when this one may not be used.
 */
@NullMarked
package dev.keywheel.rotation;

import org.jspecify.annotations.NullMarked;
