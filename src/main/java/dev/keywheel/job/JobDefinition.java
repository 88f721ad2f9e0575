package dev.keywheel.job;

import java.time.Duration;

/** A job for {@link Jobs#start}: its unique name and its work. */
public sealed interface JobDefinition {
  String name();

  /** Work with many instances, each with an id: a run, a batch. Each is scheduled separately. */
  record OneTime(String name, Job job) implements JobDefinition {}

  /** Work that runs on one node at a time: after the start, and {@code interval} after each end. */
  record Recurring(String name, Duration interval, Runnable work) implements JobDefinition {}
}
