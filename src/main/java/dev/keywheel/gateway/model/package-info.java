/** Models that the gateway offers: the providers' catalogues, aliases and their resolution. */
@NullMarked
package dev.keywheel.gateway.model;

import org.jspecify.annotations.NullMarked;
