/** Sessions in the browser: CSRF, cookies, security headers, required roles, reauthentication. */
@NullMarked
package dev.keywheel.web.security;

import org.jspecify.annotations.NullMarked;
