/**
 * Client addresses behind trusted proxies, and limits of requests: files, threads, slots, bodies.
 */
@NullMarked
package dev.keywheel.net;

import org.jspecify.annotations.NullMarked;
