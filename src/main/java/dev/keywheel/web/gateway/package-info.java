/** The screens of the gateway: requests, access tokens and models. */
@NullMarked
package dev.keywheel.web.gateway;

import org.jspecify.annotations.NullMarked;
