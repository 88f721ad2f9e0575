/**
 * Durable and recurring jobs on db-scheduler: they survive a restart and run on one node at a time.
 */
@NullMarked
package dev.keywheel.job;

import org.jspecify.annotations.NullMarked;
