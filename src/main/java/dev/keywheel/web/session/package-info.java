/** Signing in and out, giving the password again, choosing one by a link. */
@NullMarked
package dev.keywheel.web.session;

import org.jspecify.annotations.NullMarked;
