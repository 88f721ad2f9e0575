/** Addresses of the Internet protocol: networks, and the client behind trusted proxies. */
@NullMarked
package dev.keywheel.net;

import org.jspecify.annotations.NullMarked;
