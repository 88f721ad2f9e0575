/** Security of requests: CSRF, cookies, security headers, required roles and host names. */
@NullMarked
package dev.keywheel.web.security;

import org.jspecify.annotations.NullMarked;
