/** Sign-in, sign-out, confirmation, invitations, and the choice of a password by a link. */
@NullMarked
package dev.keywheel.web.session;

import org.jspecify.annotations.NullMarked;
