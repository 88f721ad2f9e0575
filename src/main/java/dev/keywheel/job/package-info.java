/** Durable and recurring work, on db-scheduler: survives a restart, runs once over all nodes. */
@NullMarked
package dev.keywheel.job;

import org.jspecify.annotations.NullMarked;
