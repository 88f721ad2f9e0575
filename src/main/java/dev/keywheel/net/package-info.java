/** Client addresses behind trusted proxies; limits of files, threads, slots and bodies. */
@NullMarked
package dev.keywheel.net;

import org.jspecify.annotations.NullMarked;
