/** Sign-in and sign-out, password confirmation, choosing a password by a link. */
@NullMarked
package dev.keywheel.web.session;

import org.jspecify.annotations.NullMarked;
