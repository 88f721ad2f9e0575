package dev.keywheel.db;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Work that runs on its own thread and whose end is awaited. */
final class OtherThread<T> {
  private final FutureTask<T> task;

  OtherThread(Callable<T> work) {
    this.task = new FutureTask<>(work);
  }

  T result() {
    Thread.startVirtualThread(task);
    try {
      return task.get();
    } catch (ExecutionException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
